"""Two tables: every request, and every event but the frames of the measuring stream."""

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from io import TextIOWrapper
from typing import BinaryIO, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.export._escape import cell, json_text
from harness.export._format import Format, Part
from harness.export._recorded import Recorded
from harness.export._requests import CLASSES, classes, due_in, outcome_name
from harness.export._trial import Trial
from harness.history.history import Requests
from harness.history.timeline import Interval
from harness.model.errors import NotMeasured
from harness.model.events import AnyEvent, MarkerSeen
from harness.model.requests import Stream
from harness.model.topology import Topology
from harness.model.units import ms, s

CHUNK: Final = 20_000
"""Rows that are prepared at once: memory stays the same, however long the run was."""

REQUESTS: Final = (
    "time", "t_ns", "trial", "step", "since_effect_s", "vantage", "stream", "sequence", "class", "outcome", "status",
    "latency_ms", "late_ms", "balancer", "api",
)  # fmt: skip
EVENTS: Final = ("time", "t_ns", "trial", "step", "since_effect_s", "event", "where", "told_by", "details")
_PLACES: Final = ("port", "node", "switch", "observer", "source", "agent")

Row = Iterable[str | int | float | None]


def parts(run: Recorded) -> Iterator[Part]:
    """Raises `NotMeasured` if nothing was recorded."""
    if not run.history.events and not len(run.history.requests):
        raise NotMeasured(f"{run.folder} has no event and no request.")
    yield Part("requests.csv", partial(_table, run, REQUESTS, _requests))
    yield Part("events.csv", partial(_table, run, EVENTS, _events))


def _table(run: Recorded, head: tuple[str, ...], rows: Callable[[Recorded], Iterator[Row]], file: BinaryIO) -> None:
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(head)
    writer.writerows(rows(run))
    text.detach()  # flushes; the file stays open


class _Stretch(NamedTuple):
    """[begin, ..) with the same first cells: trial, step, and the instant that seconds count from."""

    begin: int
    trial: str
    step: str
    zero: int


class Places:
    """Where in a run instants are: the trial in whose window they lie, and its step."""

    def __init__(self, run: Recorded) -> None:
        shown = run.trials if run.history.steps or run.only is not None else []
        self._stretches = [_Stretch(0, "", "", 0), *(each for trial in shown for each in _stretches(trial))]
        self._begins = np.array([each.begin for each in self._stretches], np.int64)

    def cells(self, instants: NDArray[np.int64]) -> Iterator[tuple[str, str, str]]:
        """Trial, step, seconds since the step's first effect (outside a step: since that of the trial)."""
        numbers = np.searchsorted(self._begins, instants, "right") - 1
        for t, number in zip(instants.tolist(), numbers.tolist(), strict=True):
            _, trial, step, zero = self._stretches[number]
            yield trial, step, f"{(t - zero) / s:.6f}" if trial else ""


def _stretches(trial: Trial) -> Iterator[_Stretch]:
    """In order; behind the last one nothing belongs to the trial."""
    label, at = cell(trial.label), trial.window.begin
    for step in trial.steps:
        if at < step.began_ns:
            yield _Stretch(at, label, "", trial.zero)
        yield _Stretch(step.began_ns, label, cell(step.name), step.first_effect_ns)
        at = step.ends_ns + 1
    yield _Stretch(at, label, "", trial.zero)
    yield _Stretch(trial.window.end, "", "", 0)


def _windows(run: Recorded) -> Interval | None:
    return run.trials[0].window if run.only is not None else None


def _requests(run: Recorded) -> Iterator[Row]:
    window = _windows(run)
    requests = due_in(run.history.requests, window) if window else run.history.requests
    names, places = _Names(run.history.topology), Places(run)
    for first in range(0, len(requests), CHUNK):
        yield from _chunk(run, requests[first : first + CHUNK], names, places)


class _Names:
    """The nodes that a record's numbers mean; empty for 0, and for a number that the topology does not have."""

    def __init__(self, topology: Topology) -> None:
        self.vantage = {number: cell(name) for name, number in topology.vantage_numbers.items()}
        self.balancer = {number: cell(name) for name, number in topology.numbers("balancer").items()}
        self.api = {number: cell(name) for name, number in topology.numbers("api").items()}


def _chunk(run: Recorded, chunk: Requests, names: _Names, places: Places) -> Iterator[Row]:
    streams = {int(stream): stream.name for stream in Stream}
    latency, late = (np.round((chunk[end] - chunk["due"]) / ms, 3).tolist() for end in ("done", "sent"))
    times = times_of_day(chunk["due"] + run.header.wall_minus_mono_ns)
    columns = times, places.cells(chunk["due"]), chunk.tolist(), classes(chunk).tolist(), latency, late
    for when, place, record, kind, took, delay in zip(*columns, strict=True):
        due, _, _, sequence, status, outcome, balancer, api, vantage, stream, _ = record
        yield (
            when, due, *place, names.vantage.get(vantage, ""), streams.get(stream, stream), sequence,
            CLASSES[kind], outcome_name(outcome), status or "", took, delay, names.balancer.get(balancer, ""),
            names.api.get(api, ""),
        )  # fmt: skip


def times_of_day(wall_ns: NDArray[np.int64]) -> list[str]:
    """UTC, to the microsecond: most programs that read such a table keep no more."""
    stamps = np.datetime_as_string(wall_ns.astype("datetime64[ns]"), unit="us", timezone="UTC")
    return [str(each) for each in stamps.tolist()]


def _events(run: Recorded) -> Iterator[Row]:
    window, places = _windows(run), Places(run)
    chosen = [
        event
        for event in run.history.events
        if not isinstance(event, MarkerSeen) and (window is None or window.begin <= event.t < window.end)
    ]
    for first in range(0, len(chosen), CHUNK):
        chunk = chosen[first : first + CHUNK]
        instants = np.array([event.t for event in chunk], np.int64)
        times = times_of_day(instants + run.header.wall_minus_mono_ns)
        yield from map(_event, chunk, times, places.cells(instants))


def _event(event: AnyEvent, when: str, place: tuple[str, str, str]) -> Row:
    """What has no column of its own is one JSON object."""
    fields = msgspec.to_builtins(event)
    kind, told_by = fields.pop("event"), fields.pop("told_by", "")
    where = next((str(fields.pop(name)) for name in _PLACES if fields.get(name)), "")
    fields.pop("t")
    details = json_text(msgspec.json.encode(fields).decode())  # it begins with a brace: no formula
    return when, event.t, *place, kind, cell(where), cell(told_by), details


FORMAT: Final = Format("every request and every event: spreadsheets, pandas, SQL", parts)
