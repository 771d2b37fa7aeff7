"""Two owners, of which one gives up: did the other ever hear of it, and did it announce itself?"""

from harness.checks._evidence import ADDRESSES, ADVERTS, ARP
from harness.explain._scene import Scene, Sentences, several
from harness.history.timeline import Interval
from harness.model.events import AdvertSeen
from harness.model.virtual_router import RouterVip
from harness.recovery.handover import Handover, handovers


def survivors(scene: Scene, vip: RouterVip) -> list[Handover]:
    """Each node that became the only owner of the watch as its rival gave up."""
    if scene.lacks((vip,), ADDRESSES):
        return []
    return [each for each in handovers(scene.history, scene.step, vip) if each.rivalry]


def silence(scene: Scene, vip: RouterVip) -> Sentences:
    """Why the survivor did not announce itself: by VRRP it does so only when it hears of a rival."""
    for survivor in survivors(scene, vip):
        yield from _heard(scene, vip, survivor)
        yield from _said(scene, vip, survivor)


def _heard(scene: Scene, vip: RouterVip, survivor: Handover) -> Sentences:
    assert survivor.rivalry
    lack = scene.lacks((vip,), ADVERTS)
    if lack or not scene.hears(vip.router, survivor.node):
        yield scene.unknown(f"whether {survivor.node} heard of its rival", lack)
        return
    for rival in rivals(scene, vip, survivor):
        around = Interval(survivor.rivalry.begin - scene.history.lag_ns(survivor.rivalry), survivor.t + 1)
        sent = scene.sent(vip.router, rival, around)
        reached = [a for a in scene.reached(vip.router, survivor.node, around) if scene.sender(a) == rival]
        yield _sentence(scene, rival, survivor.node, len(sent), reached)


def _sentence(scene: Scene, rival: str, node: str, sent: int, reached: list[AdvertSeen]) -> str:
    if reached:
        how_many = f"Of the {several(sent, 'advert')} that {rival} sent meanwhile {len(reached)} reached {node}"
        return f"{how_many}, the first at {scene.at(reached[0].t)}."
    never = f"{node} never learnt that it had a rival, and had no reason to announce itself."
    if sent:
        return f"None of the {several(sent, 'advert')} that {rival} sent meanwhile reached {node}: {never}"
    return f"{rival} sent no advert meanwhile: {never}"


def rivals(scene: Scene, vip: RouterVip, survivor: Handover) -> list[str]:
    """The other nodes that held the VIP when the rivalry began."""
    assert survivor.rivalry
    owners = scene.history.tables.owners_at(vip, survivor.rivalry.begin)
    return [node for node in owners if node != survivor.node]


def _said(scene: Scene, vip: RouterVip, survivor: Handover) -> Sentences:
    """The survivor's gratuitous ARPs since the rivalry began. keepalived sends some only if it took the VIP then."""
    assert survivor.rivalry
    if lack := scene.lacks((vip,), ARP):
        yield scene.unknown(f"whether {survivor.node} announced itself", lack)
        return
    since = survivor.rivalry.begin - scene.history.lag_ns(survivor.rivalry)
    garps = scene.history.garps(vip, survivor.node, Interval(since, scene.step.ends_ns))
    after = [garp for garp in garps if garp.t >= survivor.t]
    yield f"{survivor.node} was the only owner from {scene.at(survivor.t)} on."
    if after:
        yield f"{survivor.node} sent its first gratuitous ARP after that at {scene.at(after[0].t)}."
    elif garps:
        yield f"{survivor.node} sent its last gratuitous ARP before that, at {scene.at(garps[-1].t)}."
    else:
        yield f"{survivor.node} sent no gratuitous ARP for {vip.address} until the step ended."
