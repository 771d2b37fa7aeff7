"""Lines of the containers' logs on the axis of the trial, by the wall clock."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from harness.history.timeline import Interval
from harness.model.units import s
from harness.report.page.html import plain
from harness.report.page.lanes.lane import Notes
from harness.report.page.lanes.row import Scene
from harness.report.page.redact import redacted

MOST_LINES: Final = 300
MOST_CHARACTERS: Final = 400
MOST_BYTES: Final = 20_000_000

_STAMPED: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{1,9})\d*Z (.*)")
_OWN: Final = re.compile(r"(\d{4}-\d\d-\d\d)_(\d\d:\d\d:\d\d)\.(\d{1,9}) (.*)")  # svlogd's, nearer to the instant


class LogLine(NamedTuple):
    """`t`: ns of the history's clock."""

    t: int
    text: str


class Log(NamedTuple):
    node: str
    lines: tuple[LogLine, ...]


def read(run: Path, wall_minus_mono_ns: int, nodes: Iterator[str]) -> list[Log]:
    """The logs of these nodes; one that has no readable stamp is left out line by line."""
    found = []
    for node in nodes:
        path = run / "logs" / f"{node}.log"
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                text = file.read(MOST_BYTES).decode(errors="replace")
            found.append(Log(node, tuple(_lines(text, wall_minus_mono_ns))))
    return found


def _lines(text: str, wall_minus_mono_ns: int) -> Iterator[LogLine]:
    for line in text.split("\n"):
        if stamped := _STAMPED.fullmatch(line):
            own = _OWN.fullmatch(stamped[4]) or stamped
            try:
                yield LogLine(_wall_ns(own[1], own[2], own[3]) - wall_minus_mono_ns, own[4])
            except ValueError:  # a date that is none: the line is no log line of ours
                continue


def _wall_ns(day: str, time: str, fraction: str) -> int:
    return int(datetime.fromisoformat(f"{day}T{time}+00:00").timestamp()) * s + int(fraction.ljust(9, "0"))


def logs(scene: Scene, every: list[Log]) -> Iterator[Notes]:
    for log in every:
        inside = sorted(line for line in log.lines if _in(line, scene.trial.window))
        if inside:
            yield _notes(scene, log.node, inside)


def _in(line: LogLine, window: Interval) -> bool:
    return window.begin <= line.t < window.end


def _notes(scene: Scene, node: str, inside: list[LogLine]) -> Notes:
    """Of very many the first ones, and a line that says so."""
    shown = inside[:MOST_LINES]
    texts = [plain(redacted(line.text)).replace("\n", " ")[:MOST_CHARACTERS] for line in shown]
    if left := len(inside) - len(shown):
        texts[-1] += f" (and {left} more lines, which are in logs/{plain(node)}.log)"
    times = np.array([scene.trial.us(line.t) for line in shown], np.int64)
    return Notes(label=plain(node), group="logs, by the wall clock", t=scene.blob.times(times), texts=tuple(texts))
