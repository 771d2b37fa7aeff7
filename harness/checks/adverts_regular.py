"""The pair's heartbeat."""

from itertools import pairwise
from statistics import median

from harness.checks._check import at, check_pairs, holds, inconclusive, lasting, limits, names, violated, worst
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import AdvertSeen, EventsLost
from harness.model.limits import PairLimits
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair
from harness.model.units import s
from harness.recovery.vantage import due_in

_LEAST_INTERVALS = 3
_TOLD_WITHIN_NS = 1 * s
"""An observer tells of a loss when it reads again."""


@check_pairs
def adverts_regular(history: History, step: Step, pair: Pair) -> Finding:
    """In steady state each VRID has one source of adverts, no gap over 2 × advert_int, and a right median interval."""
    least = _LEAST_INTERVALS * limits(step, pair).advert_int_ns
    windows = [w for w in (step.before, step.settled) if w and w.length >= least]
    if not windows or not history.of(AdvertSeen):
        return inconclusive(
            "The step has no steady state long enough to hear adverts in.", (), limits(step, pair).advert_gap
        )
    return worst([_regular(history, step, pair, window) for window in windows])


def _regular(history: History, step: Step, pair: Pair, window: Interval) -> Finding:
    bounds = limits(step, pair)
    adverts = history.adverts(pair, window)
    sources = {advert.port.split(".")[0]: advert.t for advert in reversed(adverts)}
    if len(sources) > 1:
        instants = [Instant(t, f"{node} sends adverts") for node, t in sources.items()]
        return violated(f"{names(sorted(sources))} both sent adverts of VRID {pair.vrid}.", instants, bounds.advert_gap)
    times = [window.begin, *(advert.t for advert in adverts), window.end]
    gap, begin = max((b - a, a) for a, b in pairwise(times))
    if gap > bounds.advert_gap.ns:
        sentence = f"No advert for {lasting(gap)} from {at(step, begin)} on."
        instants, excuse = [Instant(begin, "adverts stop")], _excuse(history, Interval(begin, begin + gap), bounds)
        if excuse:
            return inconclusive(f"{sentence} {excuse}", instants, bounds.advert_gap)
        return violated(sentence, instants, bounds.advert_gap)
    usual = median(b - a for a, b in pairwise(times[1:-1]))
    if abs(usual - bounds.advert_int_ns) > step.limits.advert_tolerance * bounds.advert_int_ns:
        bound = f"{bounds.advert_int_ns / 1e9:g} s ± {step.limits.advert_tolerance:.0%}"
        return violated(f"The median interval between adverts was {lasting(round(usual))}.", (), bound)
    sentence = f"{names(sources)} sent {len(adverts)} adverts, the longest gap was {lasting(gap)}."
    return holds(sentence, (), bounds.advert_gap)


def _excuse(history: History, gap: Interval, bounds: PairLimits) -> str:
    """Why the gap says nothing about the pair: frames went unseen, or the whole machine stood still.

    Frames carry the kernel's stamps, so an observer that reads late makes no gap. But one machine runs the balancers
    and our load: if an arrival that was due meanwhile was late by as much as the gap is too long, so was keepalived.
    """
    around = Interval(gap.begin, gap.end + _TOLD_WITHIN_NS)
    if lost := [event for event in history.of(EventsLost, around) if "eye" in event.source]:
        return f"The observer lost {sum(event.count for event in lost)} events then."
    due = due_in(history.requests, gap)
    late = int((due["sent"] - due["due"]).max()) if len(due) else 0
    return f"Our own load was late by {lasting(late)} then." if gap.length - late <= bounds.advert_gap.ns else ""
