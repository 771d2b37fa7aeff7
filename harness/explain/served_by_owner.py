"""Answers came from a node that did not hold the VIP: which, how many, and where the caches led."""

from collections.abc import Iterator

import numpy as np

from harness.checks._evidence import ADDRESSES, FORWARDING, NEIGHBOURS, PROBES
from harness.checks._words import entries
from harness.explain._caches import led_for, no_gateway
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, first, neighbour
from harness.explain._told import Seen
from harness.explain.no_stale_arp import remedies
from harness.model.requests import Outcome
from harness.model.virtual_router import RouterVip
from harness.recovery.vantage import due_in


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        for cache in scene.history.tables.caches_of(vip).values():
            yield from neighbour(scene, cache.device, vip, first(scene))
        yield from balancers(scene, vip, first(scene))


@explains(seen=_seen, ends=remedies)
def served_by_owner(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        yield from ownership(scene, vip)
        if lack := scene.lacks((vip,), ADDRESSES, PROBES):
            yield scene.unknown("which node answered", lack)
        else:
            yield from _answers(scene, vip)


def _answers(scene: Scene, vip: RouterVip) -> Sentences:
    """For each vantage point: answers of each node that never held the VIP in the watch, or not while it answered."""
    late = scene.history.lag_ns(scene.step.window)
    for vantage in scene.history.topology.asking(vip):
        due = due_in(scene.history.arrivals(vantage), scene.step.watch)
        for node, number in scene.history.topology.numbers("balancer").items():
            given = due[(due["outcome"] == Outcome.ok) & (due["balancer"] == number)]
            owned = np.zeros(len(given), bool)
            for begin, end in scene.history.tables.holds(node, vip.address):
                owned |= (given["done"] >= begin - late) & (given["sent"] < end + late)
            wrong = given[~owned]
            if len(wrong):
                t = int(wrong["sent"][0])
                yield (
                    f"{node} answered {len(wrong)} requests of {vantage} from {scene.at(t)} on, and did not hold "
                    f"{vip.address} then."
                )
                yield from _way(scene, vip, vantage, t)


def _way(scene: Scene, vip: RouterVip, vantage: str, t: int) -> Sentences:
    if not scene.lacks((vip,), NEIGHBOURS, FORWARDING):
        way = led_for(scene, vantage, t)
        told = f"{entries([way.name])} led to {way.node or 'no node'} at {scene.at(t)}." if way else None
        yield told or no_gateway(scene, vantage, t)
