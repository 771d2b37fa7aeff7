"""The heartbeat of a virtual router."""

from itertools import pairwise
from statistics import median

from harness.checks._bounds import limits
from harness.checks._check import check_routers, holds, inconclusive, violated, worst
from harness.checks._evidence import ADVERTS
from harness.checks._mastership import adverts
from harness.checks._words import at, lasting, names
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import EventsLost
from harness.model.limits import RouterLimits
from harness.model.outcome import Finding, Instant
from harness.model.units import s
from harness.model.virtual_router import VirtualRouter
from harness.recovery.vantage import due_in

_LEAST_INTERVALS = 3
_TOLD_WITHIN_NS = 1 * s
"""An observer reports a loss when it reads again."""


@check_routers(needs=(ADVERTS,))
def adverts_regular(history: History, step: Step, router: VirtualRouter) -> Finding:
    """In steady state each VRID has one source of adverts, no gap over 2 × advert_int, and the right median interval.

    Steady: before the first effect, if that time is long enough, and from when the pair must have settled.
    """
    bounds = limits(step, router)
    least = _LEAST_INTERVALS * bounds.advert_int_ns
    before = [_regular(history, step, router, step.before)] if step.before.length >= least else []
    if step.settled and step.settled.length >= least:
        return worst([*before, _regular(history, step, router, step.settled)])
    short = f"After the fault the step has no steady state of {lasting(least)} in which adverts can be counted."
    return worst([*before, inconclusive(short, (), bounds.advert_gap)])


def _regular(history: History, step: Step, router: VirtualRouter, window: Interval) -> Finding:
    bounds = limits(step, router)
    heard = adverts(history, step, router, window)
    sources = {advert.port.split(".")[0]: advert.t for advert in reversed(heard)}
    if len(sources) > 1:
        instants = [Instant(t, f"{node} sends adverts") for node, t in sources.items()]
        both = "both" if len(sources) == 2 else "all"
        sentence = f"{names(sorted(sources))} {both} sent adverts of VRID {router.vrid}."
        return violated(sentence, instants, bounds.advert_gap)
    times = [window.begin, *(advert.t for advert in heard), window.end]
    gap, begin = max((b - a, a) for a, b in pairwise(times))
    if gap > bounds.advert_gap.ns:
        sentence = f"No advert for {lasting(gap)} from {at(step, begin)} on."
        instants, excuse = [Instant(begin, "adverts stop")], _excuse(history, Interval(begin, begin + gap), bounds)
        if excuse:
            return inconclusive(f"{sentence} {excuse}", instants, bounds.advert_gap)
        return violated(sentence, instants, bounds.advert_gap)
    return _paced(step, bounds, times[1:-1]) or holds(
        f"{names(sources)} sent {len(heard)} adverts, the longest gap was {lasting(gap)}.", (), bounds.advert_gap
    )


def _paced(step: Step, bounds: RouterLimits, times: list[int]) -> Finding | None:
    """A finding if the interval between adverts is wrong or unknown; else None."""
    bound = f"{bounds.advert_int_ns / 1e9:g} s ± {step.limits.advert_tolerance:.0%}"
    if len(times) < 2:
        return inconclusive("Only one advert was seen: the interval is unknown.", (), bound)
    usual = median(b - a for a, b in pairwise(times))
    if abs(usual - bounds.advert_int_ns) > step.limits.advert_tolerance * bounds.advert_int_ns:
        return violated(f"The median interval between adverts was {lasting(round(usual))}.", (), bound)
    return None


def _excuse(history: History, gap: Interval, bounds: RouterLimits) -> str:
    """Why the gap is no evidence against the pair: the observer lost events, or the whole machine stood still; or "".

    Frames carry the kernel's stamps, so an observer that reads late makes no gap. But one machine runs the balancers
    and our load: if an arrival in the gap was late by as much as the gap is too long, keepalived was late too.
    """
    around = Interval(gap.begin, gap.end + _TOLD_WITHIN_NS)
    if lost := [event for event in history.of(EventsLost, around) if "eye" in event.source]:
        return f"The observer lost {sum(event.count for event in lost)} events then."
    due = due_in(history.requests, gap)
    late = due["sent"] - due["due"]
    as_late = late[gap.length - late <= bounds.advert_gap.ns]
    return f"Our own load was late by {lasting(int(as_late.max()))} then." if len(as_late) else ""
