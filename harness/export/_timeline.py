"""A trial's timeline as SVG: rows on one axis, a second of which is labelled from the first effect on."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.export._lane import Bar, Lane, Line, Look, Marks
from harness.export._lanes import lanes
from harness.export._latency import SCALE, Latency, failures, height, latencies, medians, ranges, upright
from harness.export._requests import CLASSES, STREAMS, Strip, strips
from harness.export._rows import announcements, lines
from harness.export._strip import COLUMNS, bars_of, columns, outline
from harness.export._trial import Trial
from harness.history import History
from harness.model.requests import Stream
from harness.model.units import s
from harness.report.axis import Axis
from harness.report.drawing import LETTER, Colours, Drawing

LEFT: Final = 230
WIDTH: Final = LEFT + COLUMNS + 14
ROW, GROUP, LINE, TOP, BOTTOM = 16, 20, 44, 66, 40
COLOURS: Final[Colours] = {
    "one": ("#0072b2", "#3d9fdb"),
    "two": ("#cc79a7", "#e09cc4"),
    "other": ("#e69f00", "#f0c040"),
    "bad": ("#d55e00", "#f0803c"),
    "none": ("#8a929c", "#6b7480"),
    "quiet": ("#c9ced6", "#454c55"),
    "good": ("#86c5ae", "#2f7a62"),
    "fault": ("#1b1f24", "#e4e7eb"),
    "shade": ("#fbeee6", "#2a211b"),
    "limit": ("#8a929c", "#98a2ae"),
    "class1": ("#e69f00", "#f0c040"),
    "class2": ("#d55e00", "#f0803c"),
    "class3": ("#7a1f5c", "#e07ac0"),
    "class4": ("#5d3a9b", "#a98bf0"),
    "class5": ("#8a929c", "#98a2ae"),
}

_ON: Final[dict[Look, str]] = {
    "one": "on", "two": "dark", "other": "dark", "bad": "on",
    "none": "ink", "quiet": "ink", "good": "ink", "fault": "on",
}  # fmt: skip
"""What a text on a bar looks like."""

Drawn = Lane | Marks | Strip | Latency | Line


class Row(NamedTuple):
    group: str
    label: str
    what: Drawn

    @property
    def height(self) -> int:
        return LINE if isinstance(self.what, Line | Latency) else ROW


class Timeline:
    """Times outside the trial's window are cut off at its edge."""

    def __init__(self, history: History, trial: Trial, title: str) -> None:
        self._trial = trial
        self._rows = list(_rows(history, trial))
        self._groups = list(dict.fromkeys(row.group for row in self._rows))
        self._axis = Axis(trial.window.begin, trial.window.end, LEFT, LEFT + COLUMNS)
        height = TOP + GROUP * len(self._groups) + sum(row.height for row in self._rows) + BOTTOM
        self._floor = height - BOTTOM
        self._drawing = Drawing(WIDTH, height, title, COLOURS)
        self._drawing.text(12, 20, title, "bold", room=WIDTH - 24)

    def document(self) -> str:
        self._ground()
        y = TOP
        for group in self._groups:
            self._drawing.text(12, y + 14, group, "faint", room=LEFT - 20)
            y += GROUP
            for row in (each for each in self._rows if each.group == group):
                self._row(row, y)
                y += row.height
        self._legend()
        return self._drawing.document()

    def _ground(self) -> None:
        """Faults in force as a shade, the axis, and where steps begin."""
        for step in self._trial.steps:
            for op in step.held:
                self._shade(op.t, step.release_of(op) or step.ends_ns)
        low, high = ((edge - self._trial.zero) / s for edge in self._trial.window)
        seconds = Axis(low, high, LEFT, LEFT + COLUMNS)
        for mark in seconds.marks(10):
            self._drawing.line([(seconds.at(mark), TOP - 8), (seconds.at(mark), self._floor)], "line grid")
            self._drawing.text(seconds.at(mark), TOP - 12, f"{mark:+g} s" if mark else "0", "faint", anchor="middle")
        begins = [self._axis.at(step.began_ns) for step in self._trial.steps]
        for step, x, following in zip(self._trial.steps, begins, [*begins[1:], LEFT + COLUMNS], strict=True):
            self._drawing.line([(x, TOP - 26), (x, self._floor)], "line limit")
            self._drawing.text(x + 3, TOP - 28, step.name, room=max(1.0, following - x - 3))

    def _shade(self, begin: int, end: int) -> None:
        x = self._axis.at(begin)
        self._drawing.rectangle(x, TOP - 8, max(1.0, self._axis.at(end) - x), self._floor - TOP + 8, "shade")

    def _row(self, row: Row, y: int) -> None:
        self._drawing.text(12, y + 12, row.label, room=LEFT - 20)
        match row.what:
            case Lane(bars=bars):
                self._bars(bars, y)
            case Marks() as marks:
                self._marks(marks, y)
            case Strip() as strip:
                self._strip(strip, y)
            case Latency(strip=strip):
                self._latency(strip, y)
            case Line() as line:
                self._line(line, y)

    def _bars(self, bars: Sequence[Bar], y: int) -> None:
        """Each is at least a pixel wide, so that an owner for a millisecond is seen."""
        for bar in bars:
            x = self._axis.at(bar.begin)
            width = max(1.5, self._axis.at(bar.end) - x)
            begin, end = ((t - self._trial.zero) / s for t in bar[:2])
            hint = f"{bar.text}, {begin:+.3f} to {end:+.3f} s"
            self._drawing.rectangle(x, y + 2, width, ROW - 4, bar.look, hint=hint)
            if width > LETTER * len(bar.text) + 8:
                self._drawing.text(x + 4, y + 12, bar.text, _ON[bar.look])

    def _marks(self, marks: Marks, y: int) -> None:
        for tall in (False, True):
            data = [
                f"M{self._axis.at(m.t):.1f} {y + (2 if tall else 7)}V{y + 14}" for m in marks.marks if m.tall is tall
            ]
            self._drawing.path("".join(data), f"line {marks.look if not tall else 'class3'}")

    def _strip(self, strip: Strip, y: int) -> None:
        counted = columns(strip, self._trial.window)
        for number, shapes in enumerate(bars_of(counted, y + 2, ROW - 4)):
            self._drawing.path(outline(shapes, LEFT), f"strip {'good' if number == 0 else f'class{number}'}")

    def _latency(self, strip: Strip, y: int) -> None:
        """Grey from the least to the most, a line for the median of answers, and a mark of each class of bad ones."""
        axis, every = upright(y + LINE - 6, y + 6), list(latencies(strip, self._trial.window))
        for took, label in SCALE:
            at = height(axis, took)
            self._drawing.line([(LEFT, at), (LEFT + COLUMNS, at)], "line grid")
            self._drawing.text(LEFT - 6, at + 4, label, "faint", anchor="end")
        self._drawing.path(ranges(every, axis, LEFT), "strip quiet")
        self._drawing.path(medians(every, axis, LEFT), "line one")
        for number in range(1, len(CLASSES)):
            self._drawing.path(failures(every, number, axis, LEFT), f"class{number}")

    def _line(self, line: Line, y: int) -> None:
        upright = Axis(0, max(line.peak, *line.limit) or 1, y + LINE - 6, y + 6)
        limits = [
            (self._axis.at(t), upright.at(value))
            for (t, _), value in zip(line.points, line.limit, strict=True)
            if value
        ]
        self._drawing.line(limits, "line limit")
        self._drawing.line([(self._axis.at(t), upright.at(value)) for t, value in line.points], "line one")
        self._drawing.text(LEFT - 6, y + 12, f"{max(line.peak, *line.limit):,g}", "faint", anchor="end")

    def _legend(self) -> None:
        """Of the classes of requests: nodes are named in their rows."""
        named = [
            ("good", CLASSES[0]),
            *((f"class{n}", name) for n, name in enumerate(CLASSES[1:], 1)),
            ("shade", "a fault"),
        ]
        for place, (look, name) in enumerate(named):
            self._drawing.rectangle(LEFT + place * 104, self._floor + 14, 12, 10, look)
            self._drawing.text(LEFT + place * 104 + 16, self._floor + 23, name)


def _rows(history: History, trial: Trial) -> Iterator[Row]:
    yield from (Row(lane.group, lane.label, lane) for lane in lanes(history, trial))
    yield from (Row(each.group, each.label, each) for each in announcements(history, trial) if each.marks)
    for strip in strips(history, trial):
        yield Row(f"requests: {STREAMS[strip.stream]}", strip.vantage, strip)
        if strip.stream is Stream.probe:
            yield Row(f"requests: {STREAMS[strip.stream]}", "latency, log", Latency(strip))
    for line in lines(history, trial.window):
        if max(line.limit) and line.peak >= max(line.limit) / 2:  # far from its limit it tells nothing here
            yield Row(line.group, line.label, line)
