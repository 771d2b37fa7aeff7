"""What each vantage point saw of a step."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.load import CONNECTED
from harness.model.outcome import OutageOutcome, VantageOutcome
from harness.model.requests import Outcome, Stream
from harness.model.units import s, seconds
from harness.recovery.estimator import GOOD_WITHIN_NS, Arrivals, good, recovery
from harness.recovery.outage import outage_outcomes

ONE_BAD_OF: Final = 20  # arrivals, of which one may be bad; of fewer none

LONGEST_WAIT_NS: Final = CONNECTED.connect_timeout_ns + CONNECTED.read_timeout_ns
"""After this time a request on the keep-alive connection has a record, with any outcome."""

STEADY_NS = s
"""How much of the steady state before a fault is judged: a trial waits for at least that long."""


def vantage_outcomes(history: History, step: Step, good_within_ns: int = GOOD_WITHIN_NS) -> dict[str, VantageOutcome]:
    """Vantage point → what it saw."""
    return {vantage: _outcome(history, step, vantage, good_within_ns) for vantage in history.topology.vantages}


class Served(NamedTuple):
    """How many arrivals were good, of how many."""

    good: int
    of: int

    @property
    def share(self) -> float | None:
        """None if none were due."""
        return round(self.good / self.of, 6) if self.of else None

    def meets(self, least: float) -> bool:
        """At least that share, or all but one of 20 or more arrivals (`bound`). False without arrivals."""
        one_bad = self.of >= ONE_BAD_OF and self.good == self.of - 1
        return self.of > 0 and (one_bad or self.good / self.of >= least)


def bound(least: float) -> str:
    """What `Served.meets` demands, in words: a few arrivals cannot tell 99.9 % from one bad arrival."""
    return f"{least:.1%}, or all but one of {ONE_BAD_OF} to {round(1 / (1 - least)):,} arrivals"


def served(history: History, vantage: str, window: Interval, good_within_ns: int = GOOD_WITHIN_NS) -> Served:
    """Arrivals due in the window."""
    return _served(due_in(history.arrivals(vantage), window), good_within_ns)


def served_before(history: History, step: Step, vantage: str) -> Served:
    """Arrivals whose good answer had to come before the fault: those of one second, or the last 20 if these are more.

    Of fewer than 20 none may be bad, and on a busy machine one of five per second often is.
    """
    requests, window = history.arrivals(vantage), before(step)
    last = requests[: int(np.searchsorted(requests["due"], window.end))][-ONE_BAD_OF:]
    return _served(max(due_in(requests, window), last, key=len), GOOD_WITHIN_NS)


def before(step: Step) -> Interval:
    """The last second of arrivals whose good answer had to come before the first effect."""
    over = step.first_effect_ns - GOOD_WITHIN_NS
    return Interval(over - STEADY_NS, over)


def unrecorded(history: History, vantage: str, window: Interval) -> int:
    """How many arrivals of the window have no record, by the numbers of the others and the silence after the last."""
    requests = history.arrivals(vantage)
    if len(requests) < 2:
        return 0
    due, (first, end) = requests["due"], np.searchsorted(requests["due"], window)
    numbers = np.unique(requests["sequence"][max(0, first - 1) : end + 1]).astype(np.int64)
    between = int(numbers[-1] - numbers[0]) + 1 - len(numbers)
    silence, pause = min(window.length, window.end - int(due[-1])), int(np.median(np.diff(due)))
    return between + max(0, silence // pause) if pause else between


def _served(requests: NDArray[Any], good_within_ns: int) -> Served:
    return Served(int(good(requests, good_within_ns).sum()), len(requests))


def due_in(requests: NDArray[Any], window: Interval) -> NDArray[Any]:
    """Arrivals due in [begin, end); `requests` is in order of `due`."""
    first, end = np.searchsorted(requests["due"], window)
    return requests[first:end]


def exposed(requests: NDArray[Any], step: Step) -> NDArray[Any]:
    """Arrivals that the fault can have affected: due before the end, and not answered before its first effect."""
    until_end = requests[: int(np.searchsorted(requests["due"], step.ends_ns))]
    return until_end[until_end["done"] >= step.first_effect_ns]


def undecided(requests: NDArray[Any], step: Step, good_within_ns: int) -> NDArray[Any]:
    """The exposed ones that could still be good at the first effect. One that waited for longer was bad without it."""
    waiting = exposed(requests, step)
    return waiting[waiting["due"] >= step.first_effect_ns - good_within_ns]


def outages(history: History, step: Step, vantage: str, since: int) -> tuple[OutageOutcome, ...]:
    """The outages of the watch that begin from `since` on, in order."""
    requests = undecided(history.arrivals(vantage), step, GOOD_WITHIN_NS)
    found = Arrivals(requests["due"], good(requests), step.ends_ns).outages()
    return outage_outcomes(history, step, vantage, found, requests, since=since)


def _outcome(history: History, step: Step, vantage: str, good_within_ns: int) -> VantageOutcome:
    requests = undecided(history.arrivals(vantage), step, good_within_ns)
    arrivals = Arrivals(requests["due"], good(requests, good_within_ns), step.ends_ns)
    effect, heal = step.first_effect_ns, step.heal_ns
    seen = recovery(arrivals, effect)
    end = None if seen.end_ns is None else effect + seen.end_ns
    each = outage_outcomes(history, step, vantage, arrivals.outages(), requests)
    return VantageOutcome(
        success=served(history, vantage, step.measured, good_within_ns).share,
        affected=bool(each),
        recovery_s=_seconds(seen.end_ns),
        recovery_from_heal_s=None if end is None or heal is None else max(0.0, seconds(end - heal)),
        first_good_s=_seconds(seen.first_good_ns),
        bad_seconds=seconds(seen.bad_ns),
        failed_requests=int((exposed(history.arrivals(vantage), step)["outcome"] != Outcome.ok).sum()),
        relapses=seen.relapses,
        longest_hang_s=_seconds(hang.length) if (hang := longest_hang(history, step, vantage)) else None,
        phases=each[-1].phases if each else None,
        outages=each,
        state=seen.state,
    )


def longest_hang(history: History, step: Step, vantage: str) -> Interval | None:
    """The longest wait of a request on the keep-alive connection within the watch; None: no connection was kept open.

    In a closed loop silence at the end is a request that still waits, and has no record yet. It may wait since before
    the first effect; then the watch has no record at all.
    """
    connected = history.arrivals(vantage, Stream.connected)
    requests = exposed(connected, step)
    if not len(requests):
        return step.watch if _kept_open(connected, step) else None
    begins, ends = np.maximum(requests["due"], step.first_effect_ns), np.minimum(requests["done"], step.ends_ns)
    worst = int((ends - begins).argmax())
    due, answered = requests["due"], int(requests["done"].max())
    following = int(due[-1]) + int(np.median(np.diff(due))) if len(due) > 1 else answered
    waits_still = Interval(min(step.ends_ns, max(following, answered)), step.ends_ns)
    return max(Interval(int(begins[worst]), int(ends[worst])), waits_still, key=lambda wait: wait.length)


def waits_at_end(history: History, step: Step, vantage: str) -> Interval:
    """Since when, within the watch, the keep-alive request waited that had no answer when the watch ended.

    Empty without one. Such a request has a record of a later end, or none at all.
    """
    connected = history.arrivals(vantage, Stream.connected)
    until = step.ends_ns
    sent = connected[: int(np.searchsorted(connected["due"], until))]
    if not len(sent):
        return Interval(until, until)
    pause = int(np.median(np.diff(sent["due"]))) if len(sent) > 1 else 0
    newest = sent[-1]
    waiting = int(newest["due"]) if newest["done"] >= until else max(int(newest["due"]) + pause, int(newest["done"]))
    return Interval(min(until, max(waiting, step.first_effect_ns)), until)


def _kept_open(connected: NDArray[Any], step: Step) -> bool:
    """Did a request end so shortly before the first effect that the next one may still wait without a timeout?"""
    before = connected[: int(np.searchsorted(connected["due"], step.first_effect_ns))]
    return bool((before["done"] >= step.first_effect_ns - LONGEST_WAIT_NS).any())


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else seconds(ns)
