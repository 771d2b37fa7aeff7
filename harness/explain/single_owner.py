"""In steady state not exactly one node answered for the VIP: which nodes had it, and why."""

from harness.checks._evidence import ADDRESSES, ARP
from harness.checks._words import names
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences, several
from harness.explain._seen import owners_first
from harness.explain.dual_owner import deaf
from harness.history.timeline import Interval, gaps, overlaps
from harness.model.virtual_router import RouterVip


@explains(seen=owners_first)
def single_owner(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES, ARP):
            yield scene.unknown(f"which nodes answered for {vip.address}", lack)
        else:
            yield from ownership(scene, vip)
            yield from _at_rest(scene, vip)


def _at_rest(scene: Scene, vip: RouterVip) -> Sentences:
    """Who claims the VIP in the part of the step that is at rest."""
    rest = [window for window in (scene.step.before, scene.step.settled) if window and window.length]
    for window in rest:
        for both in overlaps(scene.history.tables.dual(vip), [window])[:1]:
            yield from deaf(scene, vip, both)
        for none in gaps(scene.history.tables.owned(vip), window)[:1]:
            yield f"No node held {vip.address} {scene.span(none)}."
        yield from strangers(scene, vip, window)


def strangers(scene: Scene, vip: RouterVip, window: Interval) -> Sentences:
    """Nodes that claimed the VIP by ARP and did not hold it."""
    tables, late = scene.history.tables, scene.history.lag_ns(window)
    wrong = [
        claim
        for claim in scene.history.claims(vip, window)
        if claim.port.split(".")[0]
        not in {node for t in (claim.t, claim.t + late) for node in tables.owners_at(vip, t)}
    ]
    if wrong:
        claimants = names(claim.port.split(".")[0] for claim in wrong)
        times = f"{several(len(wrong), 'time')}, the first at {scene.at(wrong[0].t)}"
        yield f"{claimants} claimed {vip.address} by ARP without holding it, {times}."
        yield scene.unknown("why")
