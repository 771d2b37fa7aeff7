"""The heartbeat: its interval and its gaps."""

from itertools import pairwise
from statistics import median
from typing import Final

from harness.capture.bounds import bounds
from harness.capture.ownership import settled, single_owner
from harness.capture.scene import Scene
from harness.capture.tenure import Tenure, taken, tenures
from harness.capture.words import at, found, lasting, names
from harness.history.timeline import Interval
from harness.model.limits import Limit
from harness.model.outcome import Finding
from harness.model.units import s

_TOLERANCE: Final = 0.2
_LEAST = 3


def adverts_regular(scene: Scene) -> Finding:
    """At rest one node sends adverts, without a gap over 2 × advert_int, and with the interval that they tell."""
    bound, every = bounds(scene)["advert_gap"], tenures(scene)
    both = single_owner(scene)
    if both.violated:
        return found("violated", both.sentence, (), both.instants, bound)
    rest = settled(scene, every)
    if rest is None or not every:
        lack = "time at rest in which adverts can be counted"
        return found("inconclusive", f"Masters in turn: {len(every)}.", [lack], (), bound)
    head = _head(scene, every)
    judged = [_regular(scene, window, bound) for window in (head, rest) if window]
    return next(each for word in ("violated", "inconclusive", "holds") for each in judged if each.verdict == word)


def _head(scene: Scene, every: list[Tenure]) -> Interval | None:
    """Until the first change; None if that is too short."""
    ends = [each.last for each in every if each.end != "open"] + [each.first for each in taken(scene, every)]
    head = Interval(scene.begin, min(ends, default=scene.begin))
    return head if head.length >= _LEAST * scene.interval_ns else None


def _regular(scene: Scene, window: Interval, bound: Limit) -> Finding:
    sent = {name: [t for t in times if window.begin <= t < window.end] for name, times in scene.adverts.items()}
    sources = [name for name, times in sent.items() if times]
    if len(sources) != 1:
        return found("inconclusive", f"{names(sources)} sent adverts.", ["adverts of one node alone"], (), bound)
    times = sent[sources[0]]
    gap, begin = max((b - a, a) for a, b in pairwise([window.begin, *times, window.end]))
    if gap > bound.ns:
        said = f"No advert of {sources[0]} for {lasting(gap)} from {at(scene, begin)} on."
        return found("inconclusive", said, ["whether a fault kept them away"], (), bound)
    if len(times) < _LEAST:
        return found("inconclusive", f"{len(times)} adverts.", ["more adverts"], (), bound)
    told, *others = sorted(
        {each.advert.interval_ns for t, each in scene.sent[sources[0]] if window.begin <= t < window.end}
    )
    if others:
        said = f"{sources[0]} changed its interval: {names(map(lasting, (told, *others)))}."
        return found("inconclusive", said, ["time at rest with one interval"], (), bound)
    usual = median(b - a for a, b in pairwise(times))
    if abs(usual - told) > _TOLERANCE * told:
        said = f"The median interval between adverts was {lasting(round(usual))}; they tell {lasting(told)}."
        return found("violated", said, (), (), f"{told / s:g} s ± {_TOLERANCE:.0%}")
    return found("holds", f"{sources[0]} sent {len(times)} adverts, the longest gap was {lasting(gap)}.", (), (), bound)
