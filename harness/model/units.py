"""Time is int nanoseconds on CLOCK_MONOTONIC of the engine's kernel; these names make literals readable.

``800 * ms`` is 800_000_000. Durations that people type (``800ms``, ``1.5s``) pass through `parse_duration`.
"""

import re
from typing import Annotated, Final, NamedTuple

from harness.model.errors import BadValue


class Nanoseconds(NamedTuple):
    """The mark of a field that holds a time: the command line reads ``500ms`` for it. `least`: in ns."""

    least: int


Duration = Annotated[int, Nanoseconds(least=1)]
"""A time that something lasts, in ns."""

DurationOrZero = Annotated[int, Nanoseconds(least=0)]

us: Final = 1_000
ms: Final = 1_000_000
s: Final = 1_000_000_000
minute: Final = 60 * s
DAY: Final = 24 * 60 * minute
"""No time is longer: agents take no plan that is."""

_UNITS: Final = {"us": us, "ms": ms, "s": s, "m": minute}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m)")


def parse_duration(text: str, name: str = "duration", least: int = 1) -> int:
    """``"800ms"`` → 800_000_000 ns. Raises `BadValue` for a missing or unknown unit, less than `least`, over a day."""
    match = _DURATION.fullmatch(text.strip())
    value = round(float(match[1]) * _UNITS[match[2]]) if match else None
    if value is None or not least <= value <= DAY:
        number = "a positive number" if least else "zero or a positive number"
        raise BadValue(name, text, f"{number} with a unit, at most 24 hours: 800ms, 1.5s, 2m")
    return value


def whole_ms(name: str, ns: int) -> int:
    """A time in whole milliseconds, for programs that know no smaller unit. Raises `BadValue`."""
    if not 0 <= ns <= DAY or ns % ms:
        raise BadValue(name, format_duration(ns), "a whole number of milliseconds, up to 24 hours: 500ms")
    return ns // ms


def positive_time(name: str, ns: int) -> int:
    """The same. Raises `BadValue` unless an agent can keep it."""
    if not 0 < ns <= DAY:
        raise BadValue(name, ns, "a positive number of nanoseconds, up to 24 hours")
    return ns


def typeable(ns: int) -> str:
    """As `parse_duration` reads it, without loss down to the microsecond: ``1500ms``."""
    name, unit = next(((name, unit) for name, unit in (("s", s), ("ms", ms)) if ns % unit == 0), ("us", us))
    return f"{ns // unit}{name}"


def format_duration(ns: int) -> str:
    """The shortest of ``us``, ``ms``, ``s`` that keeps three significant digits."""
    for name, unit in (("s", s), ("ms", ms), ("us", us)):
        if abs(ns) >= unit:
            return f"{ns / unit:.3g} {name}"
    return f"{ns} ns"


def seconds(ns: int) -> float:
    """Nanoseconds as seconds, for reports: rounded to the microsecond."""
    return round(ns / s, 6)
