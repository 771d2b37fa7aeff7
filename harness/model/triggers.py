"""Events after which a fault begins: ``started(lb-ext-1, keepalived)``. A small grammar; nothing is evaluated.

KIND(WHERE [, WHAT])
"""

import re
from collections.abc import Callable
from typing import Final

from harness.model.errors import BadValue, UnknownName
from harness.model.events import AddressChanged, AdvertSeen, AnyEvent, ArpSeen, LinkChanged, ServiceChanged, VrrpState
from harness.model.ops import Trigger
from harness.model.services import SERVICES
from harness.model.topology import Topology

FORM: Final = "KIND(WHERE) or KIND(WHERE, WHAT), e.g. started(lb-ext-1, keepalived), takes(lb-ext-2)"
_TEXT: Final = re.compile(r"\s*(\w+)\s*\(\s*([^(),\s]+)\s*(?:,\s*([^(),\s]+)\s*)?\)\s*")
_OF_SERVICES: Final = ("started", "ended")
_OF_PORTS: Final = ("carrier_lost", "carrier_back")

Meets = Callable[[Trigger, AnyEvent, Topology], bool]


def _service(state: str) -> Meets:
    def meets(trigger: Trigger, event: AnyEvent, _: Topology) -> bool:
        return isinstance(event, ServiceChanged) and (event.node, event.service, event.state) == (
            trigger.where,
            trigger.what,
            state,
        )

    return meets


def _vrrp(state: str) -> Meets:
    def meets(trigger: Trigger, event: AnyEvent, _: Topology) -> bool:
        return isinstance(event, VrrpState) and (event.node, event.state) == (trigger.where, state)

    return meets


def _vip(*, present: bool) -> Meets:
    def meets(trigger: Trigger, event: AnyEvent, topology: Topology) -> bool:
        if not isinstance(event, AddressChanged) or (event.node, event.present) != (trigger.where, present):
            return False
        return event.ip in {vip.address for vip in topology.vips if event.node in vip.nodes}

    return meets


def _carrier(*, there: bool) -> Meets:
    def meets(trigger: Trigger, event: AnyEvent, topology: Topology) -> bool:
        if not isinstance(event, LinkChanged) or event.carrier != there:
            return False
        port = topology.ports[trigger.where]
        return (event.node, event.device) == (port.node, port.device)

    return meets


def _advert(trigger: Trigger, event: AnyEvent, _: Topology) -> bool:
    return isinstance(event, AdvertSeen) and event.inward and event.port.rpartition(".")[0] == trigger.where


def _announces(trigger: Trigger, event: AnyEvent, topology: Topology) -> bool:
    if not isinstance(event, ArpSeen) or not (event.inward and event.gratuitous):
        return False
    vips = {vip.address for vip in topology.vips}
    return event.port.rpartition(".")[0] == trigger.where and event.sender_ip in vips


KINDS: Final[dict[str, tuple[str, Meets]]] = {
    "started": ("a service of a node has started", _service("up")),
    "ended": ("a service of a node has ended", _service("down")),
    "master": ("keepalived of a node says that it is master", _vrrp("MASTER")),
    "backup": ("keepalived of a node says that it is backup", _vrrp("BACKUP")),
    "faulty": ("keepalived of a node says that it is in fault state", _vrrp("FAULT")),
    "takes": ("a node gets a VIP", _vip(present=True)),
    "loses": ("a node has a VIP no longer", _vip(present=False)),
    "advert": ("a node sends an advert", _advert),
    "announces": ("a node sends gratuitous ARP for a VIP", _announces),
    "carrier_lost": ("a node's port loses carrier", _carrier(there=False)),
    "carrier_back": ("a node's port has carrier again", _carrier(there=True)),
}
"""What it means, for people, and whether an event is it."""


def parse(text: str) -> Trigger:
    """Raises `BadValue` for what is no trigger, `UnknownName` for an unknown kind."""
    match = _TEXT.fullmatch(text)
    if not match:
        raise BadValue("after", text, FORM)
    if match[1] not in KINDS:
        raise UnknownName("kind of event", match[1], KINDS)
    return Trigger(match[1], match[2], match[3])


def expect(trigger: Trigger, topology: Topology) -> None:
    """Raises `UnknownName` or `BadValue` for what cannot happen in this lab."""
    if trigger.kind in _OF_PORTS:
        if trigger.where not in topology.ports:
            raise UnknownName("port", trigger.where, topology.ports)
    else:
        _expect_node(trigger, topology)
    if (trigger.what is None) == (trigger.kind in _OF_SERVICES):
        kind = "started(NODE, SERVICE)" if trigger.kind in _OF_SERVICES else f"{trigger.kind}(WHERE), without a comma"
        raise BadValue("after", str(trigger), kind)
    if trigger.what is not None:
        services = SERVICES.get(topology.node(trigger.where).kind, ())
        if trigger.what not in services:
            raise UnknownName(f"service of {trigger.where}", trigger.what, services)


def _expect_node(trigger: Trigger, topology: Topology) -> None:
    """Only nodes of a virtual router have a VIP, adverts, and keepalived's word."""
    node = topology.node(trigger.where)
    members = dict.fromkeys(name for router in topology.virtual_routers.values() for name in router.nodes)
    if trigger.kind not in _OF_SERVICES and node.name not in members:
        raise UnknownName("node of a virtual router", node.name, members)


def meets(trigger: Trigger, event: AnyEvent, topology: Topology) -> bool:
    """Is `event` what `trigger` names? `topology` must have what it names (`expect`)."""
    return KINDS[trigger.kind][1](trigger, event, topology)
