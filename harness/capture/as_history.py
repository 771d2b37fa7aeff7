"""A scene as the product's own history: for a report, a story or an export of what was captured.

Addresses and ARP entries in it are what frames imply, not what a kernel said. So `harness.capture` judges, and the
checks of a run do not: to them a node that fell silent would have lost its address, or kept it.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from harness.capture.bounds import bounds, settings_of
from harness.capture.cache import changes
from harness.capture.scene import Scene
from harness.capture.service import clients
from harness.capture.tenure import latest, taken, tenures
from harness.history import History
from harness.history.history import Requests
from harness.model.events import AddressChanged, AdvertSeen, AnyEvent, ArpSeen, FdbChanged, Marked, NeighbourChanged
from harness.model.limits import Limits, RouterLimits
from harness.model.node import Node, Port
from harness.model.requests import DTYPE, Outcome
from harness.model.topology import Topology, VantagePoint
from harness.model.virtual_router import Vip, VirtualRouter

SEGMENT: Final = "captured"
STEP: Final = "capture"
_SWITCH: Final = "wire"
_REACHABLE: Final = 2
_MOST_CLIENTS: Final = 200  # a record has one byte for its vantage point


def as_history(scene: Scene) -> History:
    """One trial, 1, of one step, ``capture``; instants in ns since 1970."""
    topology = _topology(scene)
    vrrp = {named(name): settings_of(scene, node) for name, node in scene.nodes.items()}
    router = RouterLimits(vrrp, {name: f"{name}.{SEGMENT}" for name in vrrp}, **bounds(scene))
    limits = {STEP: Limits({_router(scene): router})}
    events = sorted([*_marks(scene), *_frames(scene), *_addresses(scene), *_entries(scene)], key=lambda each: each.t)
    return History(topology, limits, tuple(events), _requests(scene, topology))


def named(text: str) -> str:
    """A node's name as ports can have it (NODE.SEGMENT): an address without dots, ``10-77-0-1``."""
    return text.replace(".", "-")


def _router(scene: Scene) -> str:
    return f"VRID {scene.vrid}"


def _topology(scene: Scene) -> Topology:
    """Balancers, devices with caches, and clients, on one switch."""
    router = VirtualRouter(
        _router(scene), SEGMENT, scene.vrid, tuple(map(named, scene.nodes)), (Vip(scene.vip, 32, SEGMENT),)
    )
    balancers = [_node(name, "balancer", node.ip, _mac(scene, name)) for name, node in scene.nodes.items()]
    devices = {scene.name_of(mac): mac for mac in scene.leads}
    caches = [_node(name, "gateway", name, mac.hex(":")) for name, mac in devices.items()]
    vantages: dict[str, VantagePoint] = {}
    for client in clients(scene)[:_MOST_CLIENTS]:
        device = scene.name_of(client.connections["device"][-1].ljust(6, b"\0"))
        if device in devices:
            vantages[named(client.ip)] = VantagePoint(named(client.ip), router.name, scene.vip, named(device))
    asking = [_node(client.ip, "customer", client.ip, "") for client in clients(scene) if named(client.ip) in vantages]
    nodes = {node.name: node for node in (*asking, *caches, *balancers)}
    return Topology({SEGMENT: "0.0.0.0/0"}, {_SWITCH: SEGMENT}, {}, nodes, {router.name: router}, vantages)


def _node(name: str, kind: str, ip: str, mac: str) -> Node:
    return Node(named(name), kind, (Port(named(name), 0, SEGMENT, _SWITCH, mac, f"{ip}/32"),))


def _mac(scene: Scene, node: str) -> str:
    return next((mac.hex(":") for mac in sorted(scene.nodes[node].macs)), "")


def _marks(scene: Scene) -> Iterator[AnyEvent]:
    yield Marked(scene.begin, "configuration", step=STEP)
    yield Marked(scene.begin, "step_begin", 1, STEP)
    yield Marked(scene.end, "step_end", 1, STEP)


def _frames(scene: Scene) -> Iterator[AnyEvent]:
    """Adverts and gratuitous ARP as they left a node, one that several points saw once."""
    for name, node in scene.nodes.items():
        port, told = f"{named(name)}.{SEGMENT}", dict(scene.sent[name])
        for t in sorted([*scene.adverts[name], *scene.resigned[name]]):
            sight = told[t]
            yield AdvertSeen(t, port, True, sight.mac.hex(":"), node.ip, scene.vrid, sight.advert.priority)
        for t in scene.garps[name]:
            mac = _mac(scene, name)
            yield ArpSeen(t, port, True, mac, "ff:ff:ff:ff:ff:ff", 1, mac, scene.vip, scene.vip)


def _addresses(scene: Scene) -> Iterator[AnyEvent]:
    """From a node's first advert to when it had given the VIP up; a node that fell silent keeps it."""
    for name, node in scene.nodes.items():
        yield AddressChanged(scene.begin, named(name), node.ip, SEGMENT, present=True)
        yield FdbChanged(scene.begin, _SWITCH, _mac(scene, name), f"{named(name)}.{SEGMENT}")
    begun = set(taken(scene, tenures(scene)))
    for tenure in tenures(scene):
        first = tenure.first if tenure in begun else scene.begin - 1  # a node that was master before took nothing over
        yield AddressChanged(first, named(tenure.node), scene.vip, SEGMENT, present=True)
        until = latest(scene, tenure)
        if tenure.given_up and until is not None:
            yield AddressChanged(until, named(tenure.node), scene.vip, SEGMENT, present=False)


def _entries(scene: Scene) -> Iterator[AnyEvent]:
    for device, leads in scene.leads.items():
        for lead in changes(leads):
            yield NeighbourChanged(
                lead.first, named(scene.name_of(device)), scene.vip, _mac(scene, lead.node), _REACHABLE
            )


def _requests(scene: Scene, topology: Topology) -> Requests:
    numbers, balancers = topology.vantage_numbers, topology.numbers("balancer")
    owners = {mac: balancers[named(name)] for name, node in scene.nodes.items() for mac in node.macs}
    pieces = [np.zeros(0, DTYPE)]
    for client in clients(scene):
        if named(client.ip) not in numbers:
            continue
        found = np.zeros(len(client.connections), DTYPE)
        found["due"] = found["sent"] = client.connections["due"]
        found["done"], found["outcome"] = client.connections["done"], client.connections["outcome"]
        found["status"] = np.where(found["outcome"] == Outcome.ok, 200, 0)
        found["sequence"], found["vantage"] = np.arange(len(found)), numbers[named(client.ip)]
        found["balancer"] = [owners.get(mac.ljust(6, b"\0"), 0) for mac in client.connections["mac"].tolist()]
        pieces.append(found)
    records = np.concatenate(pieces)
    return records[np.argsort(records["due"], kind="stable")]
