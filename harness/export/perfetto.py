"""A Perfetto trace: the timeline of a run in https://ui.perfetto.dev, which needs no upload.

Needs PyPI's ``perfetto``, of which only the builder is used. Requests overlap and slices must nest: so a bad request is
an instant, and latency is a counter, the greatest of each 100 ms.
"""

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from typing import BinaryIO, Final

import numpy as np

from harness.export._format import Format, Part
from harness.export._lane import Bar, Line, Marks
from harness.export._lanes import lanes
from harness.export._recorded import Recorded
from harness.export._requests import CLASSES, Strip, outcome_name, strips
from harness.export._rows import announcements, lines
from harness.export._tracks import Tracks
from harness.export._trial import Trial
from harness.model.errors import EnvironmentProblem
from harness.model.units import ms

LATENCY_NS: Final = 100 * ms


def parts(run: Recorded) -> Iterator[Part]:
    """One file. Raises `EnvironmentProblem` without the package."""
    if find_spec("perfetto") is None:
        raise EnvironmentProblem(
            "A Perfetto trace needs the Python package perfetto. Try: pip install 'failover-harness[perfetto]'"
        )
    assert run.trials
    yield Part("trace.pftrace", partial(_write, run))


def _write(run: Recorded, file: BinaryIO) -> None:
    tracks = Tracks(file, run.trials[0].window.begin, run.header.wall_minus_mono_ns)
    for trial in run.trials:
        tracks.slice(tracks.of("trials", ""), trial.window.begin, trial.window.end, trial.label)
        for step in trial.steps:
            tracks.slice(tracks.of("steps", ""), step.began_ns, step.ends_ns, step.name)
        _findings(tracks, trial)
        for lane in lanes(run.history, trial):
            _bars(tracks, tracks.of(lane.label, lane.group), lane.bars)
        for marks in announcements(run.history, trial):
            _marks(tracks, marks)
        for strip in strips(run.history, trial):
            _requests(tracks, strip)
        for line in lines(run.history, trial.window):
            _line(tracks, line)


def _findings(tracks: Tracks, trial: Trial) -> None:
    for step in trial.outcome.steps if trial.outcome else ():
        for finding in step.checks:
            if finding.violated:
                for instant in finding.instants:
                    tracks.instant(tracks.of(finding.name, "violated checks"), instant.t_ns, instant.what)


def _bars(tracks: Tracks, track: int, bars: list[Bar]) -> None:
    for bar in bars:
        if bar.begin == bar.end:
            tracks.instant(track, bar.begin, bar.text)
        else:
            tracks.slice(track, bar.begin, bar.end, bar.text)


def _marks(tracks: Tracks, marks: Marks) -> None:
    for mark in marks.marks:
        tracks.instant(tracks.of(marks.label, marks.group), mark.t, mark.text)


def _requests(tracks: Tracks, strip: Strip) -> None:
    group = f"requests: {strip.stream.name}"
    bad = strip.requests[strip.bad]
    names = [CLASSES[1] if outcome == 0 else outcome_name(outcome) for outcome in bad["outcome"].tolist()]
    for due, name in zip(bad["due"].tolist(), names, strict=True):
        tracks.instant(tracks.of(f"{strip.vantage}: bad", group), due, name)
    for t, latency in worst(strip):
        tracks.value(tracks.counter(f"{strip.vantage}: latency, most in 100 ms", group, "ms"), t, latency)


def worst(strip: Strip) -> Iterator[tuple[int, float]]:
    """(begin of 100 ms, the greatest latency of a request that was due in it, in ms)."""
    due, took = strip.requests["due"], strip.requests["done"] - strip.requests["due"]
    slots = due // LATENCY_NS
    firsts = np.flatnonzero(np.diff(slots, prepend=slots[0] - 1))
    most = np.maximum.reduceat(took, firsts)
    yield from zip((slots[firsts] * LATENCY_NS).tolist(), (most / ms).tolist(), strict=True)


def _line(tracks: Tracks, line: Line) -> None:
    """Of equal values in a row the first is enough: a counter keeps its value."""
    counter = tracks.counter(line.label, line.group, "")
    last = None
    for t, value in line.points:
        if value != last:
            tracks.value(counter, t, value)
        last = value


FORMAT: Final = Format("the timeline as a trace: https://ui.perfetto.dev", parts)
