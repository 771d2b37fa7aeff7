"""How long a trial of the June 13 outage takes: from the marks in the history of a real run."""

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from harness.bench import command
from harness.bench.figures import Bound, Figure, sampled
from harness.bench.part import Bench, Part
from harness.bench.temporary_lab import temporary_lab
from harness.history import History, store
from harness.model.errors import NotMeasured
from harness.model.events import Marked
from harness.model.units import s


class Span(NamedTuple):
    """One trial, instants in ns; `end`: when the next one began."""

    begin: int
    step_begin: int
    step_end: int
    end: int


def measure(bench: Bench) -> Iterator[Figure]:
    with temporary_lab(bench.lab), tempfile.TemporaryDirectory() as runs:
        trials = bench.count + 1  # the last has no successor that would end it
        done = command.run(
            command.run_arguments("june_13", bench.lab, trials, Path(runs), "--only", "outage"), Path(runs) / "log"
        )
        bench.say(done.sentence)
        history = store.load(Path(done.run))
    yield from figures(spans(history))


def spans(history: History) -> list[Span]:
    """Every attempt with a later attempt, in order. Raises `NotMeasured` if there is none."""
    marks = history.of(Marked)
    begins = [mark.t for mark in marks if mark.name == "trial_begin"]
    found = [span for begin, end in pairwise(begins) for span in _span(marks, begin, end)]
    if not found:
        raise NotMeasured("The history has no trial with a later trial, so the duration of a trial is unknown.")
    return found


def _span(marks: list[Marked], begin: int, end: int) -> Iterator[Span]:
    """The trial's span, from its one step; none if the trial did not reach that step."""
    inside = {mark.name: mark.t for mark in marks if begin <= mark.t < end}
    if "step_begin" in inside and "step_end" in inside:
        yield Span(begin, inside["step_begin"], inside["step_end"], end)


def figures(trials: list[Span]) -> Iterator[Figure]:
    whole = [(t.end - t.begin) / s for t in trials]
    yield sampled("a trial of the outage, begin to begin", "s", whole, Bound("median", most=16))
    yield sampled("– of it: until steady state", "s", [(t.step_begin - t.begin) / s for t in trials])
    yield sampled("– of it: blip and watch of 10 s", "s", [(t.step_end - t.step_begin) / s for t in trials])
    yield sampled("– of it: judging, reset", "s", [(t.end - t.step_end) / s for t in trials])


PART = Part("how long a trial of the outage takes", 5, lambda count: 20 + 17 * (count + 1), measure)
