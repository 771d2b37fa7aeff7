"""No node held the VIP: what each keepalived said meanwhile, and what it heard."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES, ADVERTS
from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._owners import changes, given_up, taken
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences, several
from harness.explain._seen import balancers
from harness.explain._serving import keepalived_said, why_unable
from harness.explain._told import Remedy, Seen
from harness.history.timeline import Interval, gaps
from harness.model.events import AdvertSeen
from harness.model.keepalived import VrrpSettings
from harness.model.virtual_router import RouterVip


def longest(scene: Scene, vip: RouterVip) -> Interval | None:
    without = gaps(scene.history.tables.owned(vip), scene.step.watch)
    return max(without, key=lambda gap: gap.length, default=None)


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        if gap := longest(scene, vip):
            yield from balancers(scene, vip, gap.begin + gap.length // 2)


def _ends(scene: Scene) -> Iterator[Remedy]:
    """If HAProxy found no server on any node, checks of these servers had taken the VIP away."""
    if any(" no server of " in sentence for sentence in no_owner.why(scene)):
        yield measured.OWN_PROCESS


@explains(seen=_seen, ends=_ends)
def no_owner(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES):
            yield scene.unknown(f"which node held {vip.address}", lack)
        elif gap := longest(scene, vip):
            yield from _gap(scene, vip, gap)


def _gap(scene: Scene, vip: RouterVip, gap: Interval) -> Sentences:
    for change in changes(scene, vip):
        if not change.took and change.t == gap.begin:
            yield from given_up(scene, vip, change)
    yield f"No node held {vip.address} {scene.span(gap)}."
    for node in vip.nodes:
        yield from keepalived_said(scene, vip.router, node, gap)
        yield from _heard(scene, vip, node, gap)
        yield from why_unable(scene, vip.router, node, gap)
    for change in changes(scene, vip):
        if change.took and change.t == gap.end:
            yield from taken(scene, vip, change)


def _heard(scene: Scene, vip: RouterVip, node: str, gap: Interval) -> Sentences:
    """Adverts that reached a node while no node had the VIP, and kept it from taking over: a sentence per sender."""
    if scene.lacks((vip,), ADVERTS):
        return
    by_sender: dict[str, list[AdvertSeen]] = {}
    for advert in scene.reached(vip.router, node, gap):
        if _keeps_backup(scene.bounds(vip.router).vrrp[node], advert):
            by_sender.setdefault(scene.sender(advert), []).append(advert)
    for sender, adverts in by_sender.items():
        yield (
            f"{several(len(adverts), 'advert')} of {sender} reached {node} in that time, with {_priorities(adverts)}: "
            f"while such adverts arrive {node} does not take over."
        )


def _keeps_backup(own: VrrpSettings, advert: AdvertSeen) -> bool:
    """RFC 9568 section 6.4.2: priority 0 ends the wait, and a lower priority than its own does not prolong it."""
    return advert.priority > 0 and (advert.priority >= own.effective_priority or not own.preempt)


def _priorities(adverts: list[AdvertSeen]) -> str:
    told = sorted({advert.priority for advert in adverts})
    return f"the priority {told[0]}" if len(told) == 1 else f"priorities from {told[0]} to {told[-1]}"
