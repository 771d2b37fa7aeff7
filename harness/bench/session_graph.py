"""The graph of a day: sessions, the average that an alarm uses, each database's index. As CSV and as SVG."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Self

from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample
from harness.model.ops import WRONG_INDEX
from harness.model.units import s
from harness.recovery.alarm import NIGHT_NS, Point, graph
from harness.recovery.sessions import fill
from harness.report.chart import Points, Span, chart

UNIT: Final = "sessions"


@dataclass(frozen=True)
class SessionGraph:
    """A point for each second of a history's first step. `indexes`: database → its index in each second, "" unknown."""

    points: list[Point]
    seconds: list[int]
    limit: int
    indexes: Mapping[str, list[str]]

    @classmethod
    def of(cls, history: History) -> Self:
        """The graph of the frontend that customers use. Empty without samples of it."""
        step = history.step(*history.steps[0])
        router = history.topology.virtual_router()
        filled = fill(history, router, Interval(step.began_ns - NIGHT_NS, step.ends_ns))
        points = graph(filled.samples, step.window, NIGHT_NS) if filled else []
        seconds = [round((point.t - step.first_effect_ns) / s) for point in points]
        return cls(points, seconds, filled.peak.session_limit if filled else 0, dict(_indexes(history, points)))

    def write_csv(self, path: Path) -> None:
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["second", "sessions", "average_300_s", *self.indexes])
            for second, point, *indexes in zip(self.seconds, self.points, *self.indexes.values(), strict=True):
                rows.writerow([second, point.sessions, f"{point.average:.1f}", *indexes])

    def write_svg(self, path: Path, title: str) -> None:
        """A band below the graph for each database shows when it would use the wrong index. No points, no file."""
        if not self.points:
            return
        series: dict[str, Points] = {
            "average of 300 s": [
                (second, point.average) for second, point in zip(self.seconds, self.points, strict=True)
            ],
            "sessions": [(second, point.sessions) for second, point in zip(self.seconds, self.points, strict=True)],
            "limit": [(second, self.limit) for second in (self.seconds[0], self.seconds[-1])],
        }
        bands = {f"{name}: wrong index": wrong(self.seconds, indexes) for name, indexes in self.indexes.items()}
        path.write_text(chart(title, UNIT, series, bands))


def wrong(seconds: Sequence[int], indexes: Sequence[str]) -> list[Span]:
    """When a database would have used the wrong index: a second lasts until the next one."""
    found = []
    for is_wrong, group in groupby(zip(seconds, indexes, strict=True), lambda each: each[1] == WRONG_INDEX):
        run = [second for second, _ in group]
        if is_wrong:
            found.append(Span(run[0], run[-1] + 1))
    return found


def _indexes(history: History, points: list[Point]) -> Iterator[tuple[str, list[str]]]:
    for database in sorted({sample.node for sample in history.of(DatabaseSample)}):
        found, latest = [], ""
        for point in points:
            within = history.of(DatabaseSample, Interval(point.t - s, point.t))
            latest = next((x.plan for x in reversed(within) if x.node == database and x.plan), latest)
            found.append(latest)
        yield database, found
