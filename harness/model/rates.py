"""Rates of data are int bits a second. Those that people type (``2Mbit``, ``512kbit``) pass through `parse_rate`."""

import re
from typing import Annotated, Final, NamedTuple

from harness.model.errors import BadValue


class BitsPerSecond(NamedTuple):
    """The mark of a field that holds a rate of data: the command line reads ``2Mbit`` for it."""


BitRate = Annotated[int, BitsPerSecond()]
"""Bits a second, as tc counts them: with the Ethernet header, 1 kbit is 1,000 bits."""

LEAST: Final = 8_000
MOST: Final = 10_000_000_000
VALID: Final = "a whole number of bits a second with a unit, from 8kbit to 10Gbit: 512kbit, 2Mbit, 1.5Gbit"
_UNITS: Final = {"kbit": 1_000, "Mbit": 1_000_000, "Gbit": 1_000_000_000}
_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)(kbit|Mbit|Gbit)")


def parse_rate(name: str, text: str) -> int:
    """``"2Mbit"`` → 2_000_000. Raises `BadValue` for a missing or unknown unit, too little or too much."""
    match = _RATE.fullmatch(text.strip())
    value = round(float(match[1]) * _UNITS[match[2]]) if match else 0
    if not LEAST <= value <= MOST:
        raise BadValue(name, text, VALID)
    return value


def within(name: str, bits_per_s: int) -> int:
    """The same rate. Raises `BadValue` for one that a port cannot be limited to."""
    if not LEAST <= bits_per_s <= MOST:
        raise BadValue(name, bits_per_s, VALID)
    return bits_per_s


def format_rate(bits_per_s: int) -> str:
    """As `parse_rate` reads it, without loss: ``2Mbit``, ``1.5Mbit``."""
    unit = next((unit for unit in ("Gbit", "Mbit") if bits_per_s >= _UNITS[unit]), "kbit")
    whole, rest = divmod(bits_per_s, _UNITS[unit])
    decimals = f"{rest:0{len(str(_UNITS[unit])) - 1}}".rstrip("0")
    return f"{whole}.{decimals}{unit}" if decimals else f"{whole}{unit}"
