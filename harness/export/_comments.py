"""Which frames matter, and what they are: comments for a capture. Pure.

A comment about an instant at which no frame was seen (a fault, a takeover) is at the first frame after it, of the
segment, and says how long after.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from harness.export._frames import Frame
from harness.export._trial import Trial
from harness.history import History
from harness.model.events import AdvertSeen
from harness.model.units import ms
from harness.model.virtual_router import RouterVip, VirtualRouter
from harness.report.printable import printable

SILENCE: Final = 3
"""Intervals between two adverts that a backup would wait for."""


class Note(NamedTuple):
    """`frame`: the event that it is about; else the first frame from `t` on."""

    t: int
    text: str
    frame: Frame | None = None


def comments(history: History, trials: list[Trial], frames: list[Frame]) -> dict[int, str]:
    """Index in `frames`, which are of one segment in order of time → comment."""
    if not frames:
        return {}
    times = [frame.t for frame in frames]
    places = {id(frame): number for number, frame in enumerate(frames)}
    segment = history.topology.segment_of(frames[0].port)
    said: dict[int, list[str]] = {}
    for note in sorted(_notes(history, trials, segment), key=lambda each: each.t):
        place = places.get(id(note.frame)) if note.frame else bisect_left(times, note.t)
        if place is not None and place < len(frames):
            later = "" if note.frame else _later(times[place] - note.t)
            said.setdefault(place, []).append(printable(f"{note.text}{later}"))
    return {place: "; ".join(dict.fromkeys(texts)) for place, texts in said.items()}


def _later(ns: int) -> str:
    return f" ({ns / ms:.3f} ms before this frame)" if ns else ""


def _notes(history: History, trials: list[Trial], segment: str) -> Iterator[Note]:
    for trial in trials:
        yield from _steps(trial)
        yield from _findings(trial)
        for router in history.topology.virtual_routers.values():
            if router.segment == segment:
                yield from _adverts(history, trial, router)
            for vip in router.owned:
                if vip.segment == segment:
                    yield from _ownership(history, trial, vip)


def _steps(trial: Trial) -> Iterator[Note]:
    for step in trial.steps:
        yield Note(step.began_ns, f"{trial.label}: step {step.name} begins")
        yield from (Note(op.t, f"{op.op} {'begins' if op.op.held else 'is done'}") for op in step.applied)
        yield from (Note(op.t, f"{op.op} ends ({op.why})") for op in step.released)


def _findings(trial: Trial) -> Iterator[Note]:
    """The instants of violated checks."""
    for step in trial.outcome.steps if trial.outcome else ():
        for finding in step.checks:
            if finding.violated:
                told = ((each.t_ns, each.what) for each in finding.instants)
                yield from (Note(t, f"{finding.name} violated: {what or finding.sentence}") for t, what in told)


def _adverts(history: History, trial: Trial, router: VirtualRouter) -> Iterator[Note]:
    """Another sender, silence, and priority 0, by which a master gives up."""
    adverts = history.adverts([router.segment], router.vrid, trial.window)
    usual = _median_gap(adverts)
    for before, after in pairwise(adverts):
        gap = after.t - before.t
        if before.port != after.port:
            yield Note(after.t, f"advert of {after.port}; the one before was of {before.port}", after)
        elif usual and gap > SILENCE * usual:
            yield Note(after.t, f"first advert after {gap / 1e9:.3f} s of silence", after)
    yield from (Note(each.t, "priority 0: the master gives up", each) for each in adverts if each.priority == 0)


def _median_gap(adverts: list[AdvertSeen]) -> int:
    gaps = sorted(after.t - before.t for before, after in pairwise(adverts))
    return gaps[len(gaps) // 2] if gaps else 0


def _ownership(history: History, trial: Trial, vip: RouterVip) -> Iterator[Note]:
    """Takeovers, the first gratuitous ARP of each, and when a node gave the VIP up."""
    for t, node in history.takeovers(vip, trial.window):
        yield Note(t, f"{node} has {vip.address} now")
        for first in history.announcements(vip, node, t, trial.window.end)[:1]:
            yield Note(
                first.t, f"first gratuitous ARP of {node}, {(first.t - t) / ms:+.3f} ms from its takeover", first
            )
    for node, held in history.tables.owners(vip).items():
        ends = (each.end for each in held if trial.window.begin < each.end < trial.window.end)
        yield from (Note(end, f"{node} has given {vip.address} up") for end in ends)
