"""HAProxy's PROXY protocol, both versions: a header before the first byte (doc/proxy-protocol.txt, 2.1 and 2.2)."""

_BINARY = b"\r\n\r\n\0\r\nQUIT\n"
_TEXT = b"PROXY "
_LONGEST_TEXT = 107
_TELLING = 5  # bytes of the binary signature: fewer may be a client's empty lines


def end(data: bytes) -> int | None:
    """Where the header ends; 0 if there is none, None if more bytes are needed to know."""
    if data.startswith(_TEXT):
        found = data.find(b"\r\n", 0, _LONGEST_TEXT)
        return found + 2 if found >= 0 else None if len(data) < _LONGEST_TEXT else 0
    if data.startswith(_BINARY):
        length = 16 + int.from_bytes(data[14:16], "big")
        return length if len(data) >= max(16, length) else None
    if len(data) >= _TELLING and _BINARY.startswith(data):
        return None
    return 0
