"""The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: the lengths of the codes say all of it."""

_LENGTHS = (
    "nx2222222y4224222222224222222222gkkmngilkkiligggfffggggggghipgmknghhhhhhhhhhhhhhhhhhhhhhihintnog"
    "pfgfgfgggfhhgggfghgffghhhhhplon2uwuuwwwxwxxxxxyxyywxyxxxxvwxwxxywvuwwxxvxwwyvwxxvvwvxwxxuwwwxwwx"
    "00utwxwz000110yztv01101yvv002111uyuvwvvxwwzzyy0x01001111121111104"
)
"""Of each byte, and of the end: ``a`` is 0 bits, ``z`` 25, ``0`` to ``4`` 26 to 30."""
_DIGITS = "abcdefghijklmnopqrstuvwxyz01234"
_END = 256
_LONGEST_PADDING = 7


def _codes() -> dict[tuple[int, int], int]:
    """(length, code) → symbol."""
    by_length = sorted((_DIGITS.index(letter), symbol) for symbol, letter in enumerate(_LENGTHS))
    codes: dict[tuple[int, int], int] = {}
    code, last = -1, by_length[0][0]
    for length, symbol in by_length:
        code = (code + 1) << (length - last)
        last = length
        codes[length, code] = symbol
    return codes


_CODES = _codes()


def decode(data: bytes) -> bytes:
    """Raises `ValueError` if it is no such code."""
    text, length, code = bytearray(), 0, 0
    for byte in data:
        for bit in range(7, -1, -1):
            length, code = length + 1, code << 1 | byte >> bit & 1
            symbol = _CODES.get((length, code))
            if symbol == _END or length > 30:
                raise ValueError("no Huffman code")
            if symbol is not None:
                text.append(symbol)
                length, code = 0, 0
    if length > _LONGEST_PADDING or code != (1 << length) - 1:
        raise ValueError("no padding of a Huffman code")
    return bytes(text)
