"""The time axis: which seconds a timeline shows, and in which column an instant lies."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.model.series import StepSeries

LEAST_S: Final = 3.0
BEFORE: Final = 0.06  # of the shown time lies before the first effect
_STEPS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 3_600)
_APART: Final = 10  # columns from one number to the next, at least


class Axis(NamedTuple):
    """`begin_s` to `end_s` in `columns`. `cut_s`: until when the step went on without any change; None: to `end_s`."""

    begin_s: float
    end_s: float
    columns: int
    cut_s: float | None = None

    def column(self, t_s: float) -> int:
        """Of an instant, also of one that is out of sight on either side."""
        return int((t_s - self.begin_s) / (self.end_s - self.begin_s) * self.columns // 1)

    def span(self, begin_s: float, end_s: float) -> range:
        """The columns of an interval: at least one, so that nothing that happened is invisible."""
        first, end = self.column(begin_s), self.column(end_s)
        return range(max(0, first), min(self.columns, max(end, first + 1)))

    def ticks(self) -> str:
        """``-1 s        0         +2 s``."""
        line = [" "] * self.columns
        for t in self._numbers():
            for place, letter in enumerate(_number(t), self.column(t)):
                if 0 <= place < self.columns:
                    line[place] = letter
        return "".join(line).rstrip()

    def _numbers(self) -> Iterator[float]:
        apart = _APART * (self.end_s - self.begin_s) / self.columns
        step = next((each for each in _STEPS if each >= apart), round(apart))
        last = int(self.end_s / step)
        yield from (number * step for number in range(last + 1) if self.column(number * step) + _APART <= self.columns)


def axis_of(series: StepSeries, columns: int) -> Axis:
    """From shortly before the first effect until nothing changes any more."""
    last = max([0.0, *_changes(series)])
    end = min(series.ends_s, max(LEAST_S, 1.25 * last))
    end = series.ends_s if end > 0.8 * series.ends_s else end
    begin = max(series.begins_s, -BEFORE * end)
    end = max(end, begin + 0.1)  # of a step that was interrupted at its begin, too
    return Axis(begin, end, columns, series.ends_s if end < series.ends_s else None)


def _changes(series: StepSeries) -> Iterator[float]:
    for changes in (*series.owners.values(), *series.caches.values(), *series.success.values()):
        yield from (at for at, _ in changes)
    yield from series.acts
    for begin, end in series.faults:
        yield from (begin, series.ends_s if end is None else end)


def _number(t_s: float) -> str:
    return f"+{t_s:g} s" if t_s else "0"
