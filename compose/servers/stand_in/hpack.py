"""Header fields of HTTP/2 (RFC 7541): reads what any client sends, writes the simplest form."""

from stand_in import huffman

_STATIC = """:authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|
:status 204|:status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate|
accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|
content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|cookie|
date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|
link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server|set-cookie|
strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate"""
_FIELDS = tuple((name, value) for name, _, value in (f.partition(" ") for f in _STATIC.replace("\n", "").split("|")))
_OVERHEAD = 32  # of an entry of the table (4.1)
_TABLE = 4096  # bytes: what HTTP/2 begins with; this end never allows more

Field = tuple[str, str]


class Decoder:
    """Of one connection."""

    def __init__(self) -> None:
        self._table: list[Field] = []  # newest first
        self._limit = _TABLE

    def decode(self, block: bytes) -> list[Field]:
        """Raises `ValueError` or `IndexError` for what is no header block."""
        fields: list[Field] = []
        at = 0
        while at < len(block):
            first = block[at]
            if first & 0x80:
                number, at = _integer(block, at, 7)
                fields.append(self._field(number))
            elif first & 0xE0 == 0x20:
                number, at = _integer(block, at, 5)
                self._resize(min(number, _TABLE))
            else:
                field, at = self._literal(block, at, 6 if first & 0x40 else 4)
                fields.append(field)
                if first & 0x40:
                    self._table.insert(0, field)
                    self._resize(self._limit)
        return fields

    def _literal(self, block: bytes, at: int, bits: int) -> tuple[Field, int]:
        number, at = _integer(block, at, bits)
        if number:
            name = self._field(number)[0]
        else:
            name, at = _text(block, at)
        value, at = _text(block, at)
        return (name, value), at

    def _field(self, number: int) -> Field:
        if not number:
            raise ValueError("index 0")
        return _FIELDS[number - 1] if number <= len(_FIELDS) else self._table[number - len(_FIELDS) - 1]

    def _resize(self, limit: int) -> None:
        self._limit = limit
        while sum(len(name) + len(value) + _OVERHEAD for name, value in self._table) > limit:
            self._table.pop()


def encode(fields: list[Field]) -> bytes:
    """Literals without a table."""
    return b"".join(b"\0" + _written(name.lower()) + _written(value) for name, value in fields)


def _written(text: str) -> bytes:
    data = text.encode("latin-1", "replace")
    return _number(len(data)) + data


def _number(number: int) -> bytes:
    """With a prefix of 7 bits (5.1)."""
    if number < 127:
        return bytes([number])
    out, rest = bytearray([127]), number - 127
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    return bytes([*out, rest])


def _integer(block: bytes, at: int, bits: int) -> tuple[int, int]:
    full = (1 << bits) - 1
    number, at = block[at] & full, at + 1
    if number < full:
        return number, at
    for shift in (0, 7, 14, 21):
        number += (block[at] & 127) << shift
        at += 1
        if not block[at - 1] & 128:
            return number, at
    raise ValueError("an integer without end")


def _text(block: bytes, at: int) -> tuple[str, int]:
    coded = block[at] & 0x80
    length, at = _integer(block, at, 7)
    data = block[at : at + length]
    if len(data) < length:
        raise ValueError("a text without end")
    return (huffman.decode(data) if coded else data).decode("latin-1"), at + length
