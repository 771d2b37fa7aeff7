"""The time of a line of a log, as syslog, journalctl, keepalived itself and container engines write it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from harness.model.errors import BadValue
from harness.model.units import ms, s

_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?: ?(Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d))?"
)
_CLASSIC: Final = re.compile(r"(?:\w{3} )?(\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?:\.\d+)?(?: (\d{4}))?")
_UNIX: Final = re.compile(r"\s*(\d{9,10})\.(\d{1,9})\b")
_JOURNAL: Final = re.compile(r'"__REALTIME_TIMESTAMP"\s*:\s*"(\d{15,16})"')
_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)")
_NO_YEAR: Final = 2000  # a leap year: it has every day


class Stamp(NamedTuple):
    """`t`: ns since 1970. `within_ns`: how exactly. `year`, `zone`: does the line tell it, or the one that asks?"""

    t: int
    within_ns: int
    year: bool = True
    zone: bool = True


def zone_of(text: str) -> tzinfo:
    """``Europe/Berlin`` or ``+01:00``. Raises `BadValue`."""
    if offset := _OFFSET.fullmatch(text):
        sign, hours, minutes = offset.groups()
        if int(hours) < 24 and int(minutes) < 60:
            return timezone(int(f"{sign}1") * timedelta(hours=int(hours), minutes=int(minutes)))
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise BadValue("--log-zone", text, "a time zone, such as Europe/Berlin or +01:00") from None


def stamp_of(line: str, before: int, zone: tzinfo | None) -> Stamp | None:
    """Of what stands before column `before`; None if there is no time. `zone`: of times that tell none, else UTC."""
    head = line[:before]
    if journal := _JOURNAL.search(line):
        return Stamp(int(journal[1]) * 1_000, ms)
    if unix := _UNIX.match(head):
        return Stamp(int(unix[1]) * s + _fraction(unix[2]), ms)
    try:
        return next(_dated(head, zone), None)
    except ValueError:  # November 31
        return None


def in_year_near(t: int, near: int) -> int:
    """`t` of a line without a year: in the year in which it is nearest to `near`."""
    moment, year = datetime.fromtimestamp(t // s, UTC), datetime.fromtimestamp(near // s, UTC).year
    found = [int(each.timestamp()) * s for each in _in_years(moment, range(year - 1, year + 2))]
    return min(found, key=lambda each: abs(each - near), default=t)


def _dated(head: str, zone: tzinfo | None) -> Iterator[Stamp]:
    if iso := _ISO.search(head):
        told = iso[3] or ""
        moment = datetime.fromisoformat(iso[1] + ("+00:00" if told in ("UTC", "GMT") else told))
        known = moment if told else moment.replace(tzinfo=zone or UTC)
        exact = ms if iso[2] else s
        yield Stamp(int(known.timestamp()) * s + _fraction(iso[2] or "0"), exact, zone=bool(told or zone))
    elif classic := _CLASSIC.search(head):
        month, day, clock, year = classic.groups()
        moment = datetime.strptime(f"{year or _NO_YEAR} {month} {day} {clock} +0000", "%Y %b %d %H:%M:%S %z")
        at = int(moment.replace(tzinfo=zone or UTC).timestamp()) * s
        yield Stamp(at, s, year=bool(year), zone=bool(zone))


def _in_years(moment: datetime, years: range) -> Iterator[datetime]:
    for year in years:
        if not (moment.month == 2 and moment.day == 29) or (year % 4 == 0 and year % 100 != 0) or year % 400 == 0:
            yield moment.replace(year=year)


def _fraction(digits: str) -> int:
    return int(digits.ljust(9, "0"))
