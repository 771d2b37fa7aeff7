"""HAProxy's log beside a capture: the status of each answer, which is payload in the capture itself.

A line with `option httplog` names the client's address and port, and when the request was accepted, in the machine's
own time zone: zones differ by multiples of 15 minutes, so minutes and seconds decide.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from harness.capture.lines import lines
from harness.model.errors import UsageError
from harness.model.units import minute, ms, s

_LINE: Final = re.compile(
    r"(?P<ip>\d{1,3}(?:\.\d{1,3}){3}):(?P<port>\d{1,5}) "
    r"\[\d\d/\w{3}/\d{4}:\d\d:(?P<minute>\d\d):(?P<second>\d\d)\.(?P<ms>\d{3})\] "
    r"\S+ \S+ [-+]?\d+(?:/[-+]?\d+){4} (?P<status>-?\d{1,3}) "  # `option tcplog` has three times, then bytes
)
_ZONE_NS: Final = 15 * minute
NEAR_NS: Final = 2 * s
_MOST_LINES: Final = 500_000


class Answer(NamedTuple):
    """`within_ns`: when it was accepted, in ns after the quarter of an hour. `status` below 0: none was sent."""

    within_ns: int
    status: int


Answers = Mapping[tuple[str, int], tuple[Answer, ...]]
"""(client, its port) → the answers that were logged."""


def status_of(answers: Answers, client: str, port: int, t: int) -> int | None:
    """The worst status that was logged of a connection that began at `t` (UTC ns); None if none was."""
    near = [answer.status for answer in answers.get((client, port), ()) if _apart(answer.within_ns, t) <= NEAR_NS]
    return (min(near) if min(near) < 0 else max(near)) if near else None


def read_answers(paths: Iterable[Path]) -> Answers:
    """Raises `UsageError` for a file that cannot be read, or that has no line with a client, a time and a status."""
    every: dict[tuple[str, int], list[Answer]] = {}
    for path in paths:
        count = 0
        for key, answer in _read(path):
            every.setdefault(key, []).append(answer)
            count += 1
        if not count:
            raise UsageError(
                f"{str(path)!r} has no line as HAProxy's `option httplog` writes it: IP:PORT [DATE] … STATUS …"
            )
    return {key: tuple(answers) for key, answers in every.items()}


def _read(path: Path) -> Iterator[tuple[tuple[str, int], Answer]]:
    for line in lines(path, _MOST_LINES):
        if match := _LINE.search(line[:4096]):
            within = (int(match["minute"]) % 15 * 60 + int(match["second"])) * s + int(match["ms"]) * ms
            yield (match["ip"], int(match["port"])), Answer(within, int(match["status"]))


def _apart(within_ns: int, t: int) -> int:
    apart = abs(within_ns - t % _ZONE_NS)
    return min(apart, _ZONE_NS - apart)
