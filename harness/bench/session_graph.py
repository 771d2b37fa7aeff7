"""The graph of a day: sessions, the average that an alarm uses, each database's index. As CSV and as SVG."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import pygal
from pygal.style import Style

from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample
from harness.model.ops import WRONG_INDEX
from harness.model.units import s
from harness.recovery.alarm import NIGHT_NS, Point, graph
from harness.recovery.sessions import fill

COLORS: Final = ("#b03030", "#e08020", "#808080", "#208040", "#2050a0")
STYLE: Final = Style(background="white", plot_background="white", colors=COLORS, opacity=".35")
BAND: Final = 0.04  # of the limit: how high


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
        """A band at the bottom for each database shows when it would use the wrong index. No points, no file."""
        if not self.points:
            return
        chart = pygal.XY(
            title=title, x_title="seconds", show_dots=False, js=(), no_prefix=True, style=STYLE, legend_at_bottom=True,
            include_x_axis=True, truncate_legend=-1, width=1000, height=420,
        )  # fmt: skip
        for number, (database, indexes) in enumerate(self.indexes.items(), 1):
            wrong = [BAND * number * self.limit * (index == WRONG_INDEX) for index in indexes]
            chart.add(f"{database}: wrong index", list(zip(self.seconds, wrong, strict=True)), fill=True)
        sessions, averages = ([getattr(point, name) for point in self.points] for name in ("sessions", "average"))
        chart.add("limit", [(self.seconds[0], self.limit), (self.seconds[-1], self.limit)])
        chart.add("average of 300 s", list(zip(self.seconds, averages, strict=True)))
        chart.add("sessions", list(zip(self.seconds, sessions, strict=True)))
        path.write_bytes(chart.render())


def _indexes(history: History, points: list[Point]) -> Iterator[tuple[str, list[str]]]:
    for database in sorted({sample.node for sample in history.of(DatabaseSample)}):
        found, latest = [], ""
        for point in points:
            within = history.of(DatabaseSample, Interval(point.t - s, point.t))
            latest = next((x.plan for x in reversed(within) if x.node == database and x.plan), latest)
            found.append(latest)
        yield database, found
