"""A switch leads the owner's MAC address to another node: which port it had learnt, and since when."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.checks._evidence import ADDRESSES, ARP, FORWARDING
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, first, forwarding
from harness.explain._told import Seen
from harness.history.timeline import FOREVER, Interval
from harness.model.virtual_router import RouterVip


class _Astray(NamedTuple):
    """A switch of the finding, and the MAC address of the node that held the VIP."""

    t: int
    switch: str
    owner: str
    mac: str


def _astray(scene: Scene, vip: RouterVip) -> Iterator[_Astray]:
    switches = scene.history.topology.switches
    told = {instant.what.split()[0]: instant.t_ns for instant in reversed(scene.finding.instants)}
    for switch, t in told.items():
        for owner in scene.history.tables.owners_at(vip, t):
            if switches.get(switch) == vip.segment:
                yield _Astray(t, switch, owner, _mac(scene, vip, owner, t))


def _mac(scene: Scene, vip: RouterVip, owner: str, t: int) -> str:
    """By its last ARP for the VIP (with use_vmac a virtual one), else that of its port."""
    said = scene.history.claims(vip, Interval(-FOREVER, t))
    own = [claim.sender_mac for claim in said if claim.port == f"{owner}.{vip.segment}"]
    return own[-1] if own else scene.history.topology.node(owner).port(vip.segment).mac


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        for each in _astray(scene, vip):
            yield from forwarding(scene, each.switch, each.mac, each.t)
        yield from balancers(scene, vip, first(scene))


@explains(seen=_seen)
def forwarding_leads_home(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES, ARP, FORWARDING):
            yield scene.unknown("where the switches led", lack)
            continue
        yield from ownership(scene, vip)
        for each in _astray(scene, vip):
            yield from _learnt(scene, each)


def _learnt(scene: Scene, each: _Astray) -> Sentences:
    told = [(t, port) for t, port in scene.history.tables.fdb.changes((each.switch, each.mac)) if t <= each.t]
    if told and told[-1][1]:
        t, port = told[-1]
        since = "since before the step" if t <= scene.step.began_ns else f"from {scene.at(t)} on"
        yield f"{each.switch} had {each.mac}, the MAC address of {each.owner}, at its port {port} {since}."
        yield scene.unknown(f"which frame taught {each.switch} that")
