"""Two tables: every request, and every event but the frames of the measuring stream."""

import csv
from collections.abc import Iterable, Iterator
from functools import partial
from io import TextIOWrapper
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np

from harness.export._escape import cell
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


def _table(run: Recorded, head: tuple[str, ...], rows: Any, file: BinaryIO) -> None:
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows(run))
    text.detach()  # flushes; the file stays open


class Place:
    """Where in a run an instant is: the trial in whose window it lies, and its step."""

    def __init__(self, run: Recorded) -> None:
        self._trials = run.trials if run.history.steps or run.only is not None else []
        self._begins = np.array([trial.window.begin for trial in self._trials], np.int64)

    def trial(self, t: int) -> Trial | None:
        number = int(np.searchsorted(self._begins, t, "right")) - 1
        return self._trials[number] if number >= 0 and t < self._trials[number].window.end else None

    def cells(self, t: int) -> tuple[str, str, str]:
        """Trial, step, seconds since the step's first effect (outside a step: since that of the trial)."""
        trial = self.trial(t)
        if trial is None:
            return "", "", ""
        step = trial.step_at(t)
        zero = step.first_effect_ns if step else trial.zero
        return cell(trial.label), cell(step.name) if step else "", f"{(t - zero) / s:.6f}"


def _windows(run: Recorded) -> Interval | None:
    return run.trials[0].window if run.only is not None else None


def _requests(run: Recorded) -> Iterator[Row]:
    window = _windows(run)
    requests = due_in(run.history.requests, window) if window else run.history.requests
    names, place = _Names(run.history.topology), Place(run)
    for first in range(0, len(requests), CHUNK):
        yield from _chunk(run, requests[first : first + CHUNK], names, place)


class _Names:
    """The nodes that a record's numbers mean; empty for 0, and for a number that the topology does not have."""

    def __init__(self, topology: Topology) -> None:
        self.vantage = {number: cell(name) for name, number in topology.vantage_numbers.items()}
        self.balancer = {number: cell(name) for name, number in topology.numbers("balancer").items()}
        self.api = {number: cell(name) for name, number in topology.numbers("api").items()}


def _chunk(run: Recorded, chunk: Requests, names: _Names, place: Place) -> Iterator[Row]:
    streams = {int(stream): stream.name for stream in Stream}
    latency, late = (np.round((chunk[end] - chunk["due"]) / ms, 3).tolist() for end in ("done", "sent"))
    times = times_of_day(chunk["due"] + run.header.wall_minus_mono_ns)
    for when, record, kind, took, delay in zip(
        times, chunk.tolist(), classes(chunk).tolist(), latency, late, strict=True
    ):
        due, _, _, sequence, status, outcome, balancer, api, vantage, stream, _ = record
        yield (
            when, due, *place.cells(due), names.vantage.get(vantage, ""), streams.get(stream, stream), sequence,
            CLASSES[kind], outcome_name(outcome), status or "", took, delay, names.balancer.get(balancer, ""),
            names.api.get(api, ""),
        )  # fmt: skip


def times_of_day(wall_ns: Any) -> list[str]:
    """UTC, to the microsecond: more is not kept by most programs that read such a table."""
    stamps: list[str] = np.datetime_as_string(
        np.asarray(wall_ns).astype("datetime64[ns]"), unit="us", timezone="UTC"
    ).tolist()
    return stamps


def _events(run: Recorded) -> Iterator[Row]:
    window, place = _windows(run), Place(run)
    chosen = [
        event
        for event in run.history.events
        if not isinstance(event, MarkerSeen) and (window is None or window.begin <= event.t < window.end)
    ]
    for first in range(0, len(chosen), CHUNK):
        chunk = chosen[first : first + CHUNK]
        times = times_of_day(np.array([event.t for event in chunk], np.int64) + run.header.wall_minus_mono_ns)
        yield from (_event(event, when, place) for event, when in zip(chunk, times, strict=True))


def _event(event: AnyEvent, when: str, place: Place) -> Row:
    """What has no column of its own is one JSON object."""
    fields = msgspec.to_builtins(event)
    kind, told_by = fields.pop("event"), fields.pop("told_by", "")
    where = next((str(fields.pop(name)) for name in _PLACES if fields.get(name)), "")
    fields.pop("t")
    details = cell(msgspec.json.encode(fields).decode())
    return when, event.t, *place.cells(event.t), kind, cell(where), told_by, details


FORMAT: Final = Format("every request and every event: spreadsheets, pandas, SQL", parts)
