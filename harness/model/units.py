"""Time is int nanoseconds on CLOCK_MONOTONIC of the engine's kernel; these names make literals readable.

``800 * ms`` is 800_000_000. Durations that people type (``800ms``, ``1.5s``) pass through `parse_duration`.
"""

import re
from typing import Final

from harness.model.errors import BadValue

us: Final = 1_000
ms: Final = 1_000_000
s: Final = 1_000_000_000
minute: Final = 60 * s

_UNITS: Final = {"us": us, "ms": ms, "s": s, "m": minute}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m)")


def parse_duration(text: str) -> int:
    """``"800ms"`` → 800_000_000 ns. Raises `BadValue` for a missing or unknown unit, zero or a negative value."""
    match = _DURATION.fullmatch(text.strip())
    value = round(float(match[1]) * _UNITS[match[2]]) if match else 0
    if not 0 < value <= 24 * 60 * minute:
        raise BadValue("duration", text, "a positive number with a unit, at most 24 hours: 800ms, 1.5s, 2m")
    return value


def format_duration(ns: int) -> str:
    """The shortest of ``us``, ``ms``, ``s`` that keeps three significant digits."""
    for name, unit in (("s", s), ("ms", ms), ("us", us)):
        if abs(ns) >= unit:
            return f"{ns / unit:.3g} {name}"
    return f"{ns} ns"


def seconds(ns: int) -> float:
    """Nanoseconds as seconds, for reports: rounded to the microsecond."""
    return round(ns / s, 6)
