"""A keep-alive request waited: with which node its connection was, and what happened to that node or the way to it."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES, CONNECTED, FORWARDING, NEIGHBOURS
from harness.explain import _measured as measured
from harness.explain._caches import led, led_for, no_gateway, together
from harness.explain._deeds import deeds
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences, lasting
from harness.explain._seen import balancers, first, neighbour, stat
from harness.explain._serving import why_unable
from harness.explain._sessions import full, plans
from harness.explain._told import Remedy, Seen
from harness.explain.no_stale_arp import remedies
from harness.history.timeline import Interval
from harness.model.events import LinkChanged
from harness.model.requests import Outcome, Stream
from harness.model.virtual_router import RouterVip
from harness.recovery.vantage import longest_hang


def hangs(scene: Scene) -> dict[str, Interval]:
    """Vantage point → its longest wait, if that is longer than the bound."""
    topology = scene.history.topology
    found = {v: longest_hang(scene.history, scene.step, v) for r in scene.routers for v in topology.asking_any(r)}
    bound = {v: scene.bounds(topology.virtual_routers[topology.vantages[v].virtual_router]).hang.ns for v in found}
    return {vantage: hang for vantage, hang in found.items() if hang and hang.length > bound[vantage]}


def _vip(scene: Scene, vantage: str) -> RouterVip:
    return scene.history.topology.vip_of(scene.history.topology.vantages[vantage])


def _seen(scene: Scene) -> Iterator[Seen]:
    for vantage, hang in hangs(scene).items():
        middle = hang.begin + hang.length // 2
        if cache := scene.history.tables.cache_at(vantage, middle):
            yield from neighbour(scene, cache.device, _vip(scene, vantage), middle)
    for vip in dict.fromkeys(_vip(scene, vantage) for vantage in hangs(scene)):
        yield from balancers(scene, vip, first(scene))
        for node in vip.nodes:
            yield from stat(scene, node, first(scene) + 1_000_000_000)


def _ends(scene: Scene) -> list[Remedy]:
    sentences = " ".join(no_hang.why(scene))
    hung = [measured.HUNG] if "was stopped at" in sentences else []
    return [*remedies(scene), *(measured.WRONG_PLAN if "EXPLAIN named" in sentences else hung)]


@explains(seen=_seen, ends=_ends)
def no_hang(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vantage, hang in hangs(scene).items():
        vip = _vip(scene, vantage)
        if lack := scene.lacks((vip,), CONNECTED):
            yield scene.unknown(f"how long {vantage} waited", lack)
            continue
        yield f"A request of {vantage} waited for {lasting(hang.length)} from {scene.at(hang.begin)} on."
        node = answered_by(scene, vantage, hang.begin)
        if node:
            yield f"The last answer on its connection had come from {node}."
        reasons = list(_reasons(scene, vip, vantage, node, hang)) if node else []
        yield from reasons or [scene.unknown(f"why that request of {vantage} was not answered")]
    yield from plans(scene)


def answered_by(scene: Scene, vantage: str, t: int) -> str:
    """The balancer that answered the vantage point's last request on the connection before `t`; "" if none did."""
    requests = scene.history.arrivals(vantage, Stream.connected)
    good = requests[(requests["done"] <= t) & (requests["outcome"] == Outcome.ok) & (requests["balancer"] > 0)]
    nodes = {number: node for node, number in scene.history.topology.numbers("balancer").items()}
    return nodes.get(int(good[-1]["balancer"]), "") if len(good) else ""


def _reasons(scene: Scene, vip: RouterVip, vantage: str, node: str, hang: Interval) -> Sentences:
    yield from _lost(scene, vip, node, hang)
    yield from _moved(scene, vip, vantage, node, hang)
    yield from why_unable(scene, vip.router, node, hang)
    yield from (sentence for sentence in full(scene, vip.router) if node in sentence)


def _lost(scene: Scene, vip: RouterVip, node: str, hang: Interval) -> Sentences:
    """The node gave the VIP up, or lost its carrier, shortly before the wait or in it."""
    if scene.lacks((vip,), ADDRESSES):
        return
    early = Interval(hang.begin - 2_000_000_000, hang.end)
    ends = [held.end for held in scene.history.tables.holds(node, vip.address) if early.begin <= held.end < early.end]
    yield from (
        f"{node} gave {vip.address} up at {scene.at(t)}: a node answers only for addresses that it holds."
        for t in ends[:1]
    )
    links = [x for x in scene.history.of(LinkChanged, early) if x.node == node and not x.carrier]
    yield from (f"{node} had lost the carrier of {x.device} at {scene.at(x.t)}." for x in links[:1])


def _moved(scene: Scene, vip: RouterVip, vantage: str, node: str, hang: Interval) -> Sentences:
    """Where the cache led when the wait began. Another node does not know the connection."""
    if scene.lacks((vip,), NEIGHBOURS, FORWARDING):
        return
    way = led_for(scene, vantage, hang.begin)
    if way is None:
        yield no_gateway(scene, vantage, hang.begin)
        return
    yield from together(scene, [way])
    others = {way.node, led(scene, way.name, hang.end - 1).node} - {node, None}
    for other in sorted(other for other in others if other):
        yield f"{other} does not know a connection that was with {node}."
