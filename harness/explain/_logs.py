"""keepalived's own lines in the logs that a run kept, at the instants of its history."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from harness.history import store
from harness.model.units import s

_LINE: Final = re.compile(r"(\S+)Z .*? keepalived: (?:\w{3} \w{3} +\d+ [\d:]+ \d{4}: )?(.*)")
"""Docker's stamp (UTC), the supervisor's, the service's name, and keepalived's own date."""


class LogLine(NamedTuple):
    t: int
    text: str


Logs = Mapping[str, tuple[LogLine, ...]]
"""Node → its keepalived's lines, in order of time."""

NO_LOGS: Final[Logs] = {}


def read_logs(run: Path) -> Logs:
    """Empty for a run without logs: a recording that is kept has none."""
    offset = store.read_header(run).wall_minus_mono_ns
    files = sorted((run / "logs").glob("*.log"))
    return {file.stem: tuple(_lines(file, offset)) for file in files}


def _lines(file: Path, offset: int) -> Iterator[LogLine]:
    for line in file.read_text(errors="replace").splitlines():
        found = _LINE.match(line)
        if found and (t := _instant(found[1])) is not None:
            yield LogLine(t - offset, found[2])


def _instant(stamp: str) -> int | None:
    """``2026-11-29T07:18:51.587653055`` as ns since 1970; None if it is no date."""
    whole, _, fraction = stamp.partition(".")
    try:
        since = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
        return since * s + int(fraction.ljust(9, "0")[:9])
    except ValueError:
        return None  # a line that is torn, or not of Docker
