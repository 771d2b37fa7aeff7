"""The known state of one namespace: netlink messages in, events out, an event only if something changed.

Pure. A view gives the present state (the baseline of a subscriber) and survives lost notifications: after an overflow
the eye dumps the whole state again, and what the dump does not confirm is gone.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from harness.agents.network.frames import is_marker_mac
from harness.agents.network.rtnetlink import Address, BridgePort, Forwarding, Link, Message, Neighbour, Route
from harness.model.events import AddressChanged, FdbChanged, LinkChanged, NeighbourChanged, PortState, RouteChanged
from harness.model.frames import format_mac
from harness.model.node import Node
from harness.model.topology import Topology

Changed = AddressChanged | NeighbourChanged | LinkChanged | RouteChanged | FdbChanged | PortState
Key = tuple[str, ...]

_ABSENT: Final[dict[type[Changed], dict[str, object]]] = {
    AddressChanged: {"present": False},
    NeighbourChanged: {"mac": None, "state": 0},
    LinkChanged: {"up": False, "carrier": False},
    RouteChanged: {"present": False},
    FdbChanged: {"port": None},
    PortState: {"state": "forwarding"},
}
"""The fields of each kind of event if its subject is gone."""

_DISABLED, _FORWARDING = 0, 3  # linux/if_bridge.h: BR_STATE_*
_NUD_NOARP: Final = 0x40
_MANAGEMENT: Final = re.compile(r"eth\d+")


class View:
    """Base: remembers the latest event of each subject. Subclasses translate messages."""

    def __init__(self) -> None:
        self._known: dict[Key, Changed] = {}
        self._unconfirmed: set[Key] = set()

    def baseline(self, t: int) -> Iterator[Changed]:
        """The whole state, stamped `t`."""
        return (msgspec.structs.replace(event, t=t) for event in self._known.values())

    def doubt(self) -> None:
        """A new dump begins: all that it does not confirm before `settle` is gone."""
        self._unconfirmed = set(self._known)

    def settle(self, t: int) -> Iterator[Changed]:
        """The dump is complete."""
        for key in self._unconfirmed & self._known.keys():
            yield _absent(self._known.pop(key), t)
        self._unconfirmed = set()

    def forget(self, t: int) -> Iterator[Changed]:
        """The namespace is gone, with all that was in it."""
        for event in self._known.values():
            yield _absent(event, t)
        self._known = {}

    def apply(self, message: Message, t: int) -> Iterator[Changed]:
        """At most one event: the change of the known state."""
        raise NotImplementedError

    def _note(self, key: Key, event: Changed, *, present: bool) -> Iterator[Changed]:
        self._unconfirmed.discard(key)
        known = self._known.get(key)
        if present:
            self._known[key] = event
        else:
            self._known.pop(key, None)
        unchanged = msgspec.structs.replace(known, t=event.t) == event if known else not present
        if not unchanged:
            yield event


class NodeView(View):
    """A node's namespace: its data-plane devices; of the management network only the default route."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self._node = node.name
        self._managed = node.managed
        self._devices: dict[int, str] = {}

    def apply(self, message: Message, t: int) -> Iterator[Changed]:
        if isinstance(message, Link):
            self._devices[message.device] = message.name
        device = self._devices.get(message.device, "")
        if is_data_plane(device, managed=self._managed) or (isinstance(message, Route) and message.to == "default"):
            yield from self._apply(message, device, t)

    def _apply(self, message: Message, device: str, t: int) -> Iterator[Changed]:
        node = self._node
        match message:
            case Link(present, _, name, up, carrier):
                event: Changed = LinkChanged(t, node, name, up, carrier)
                yield from self._note(("link", name), event, present=present)
            case Address(present, _, ip):
                yield from self._note(
                    ("address", ip, device), AddressChanged(t, node, ip, device, present), present=present
                )
            case Route(present, _, to):
                yield from self._note(
                    ("route", to, device), RouteChanged(t, node, to, present, device), present=present
                )
            case Neighbour(present, _, ip, mac, state) if not state & _NUD_NOARP:
                event = NeighbourChanged(t, node, ip, format_mac(mac) if mac else None, state if present else 0)
                yield from self._note(("neighbour", ip), event, present=present)


class SwitchView(View):
    """The switches' namespace: the forwarding tables. Entries learnt from measuring streams are left out."""

    def __init__(self, topology: Topology) -> None:
        super().__init__()
        self._names: dict[int, str] = {}
        self._ports = topology.taps
        self._known_switches = topology.switches
        self._switches = {port.name: port.switch for port in topology.ports.values()}
        self._trunk_ends = {end for trunk in topology.trunks.values() for end in (trunk.end_a, trunk.end_b)}
        for trunk in topology.trunks.values():
            self._switches |= {trunk.end_a: trunk.a, trunk.end_b: trunk.b}

    def apply(self, message: Message, t: int) -> Iterator[Changed]:
        if isinstance(message, Link):
            self._names[message.device] = message.name
        elif isinstance(message, BridgePort):
            yield from self._port(message, t)
        elif isinstance(message, Forwarding) and not message.permanent and not is_marker_mac(message.mac):
            yield from self._forwarding(message, t)

    def _port(self, message: BridgePort, t: int) -> Iterator[Changed]:
        """Of a cable only whether it is blocked: its carrier is told by the node that it belongs to."""
        port = self._ports.get(self._names.get(message.device, ""))
        if port is None:
            return
        dark = message.state == _DISABLED
        known = message.state == _FORWARDING or (dark and port not in self._trunk_ends)
        event = PortState(t, port, "forwarding" if known else "disabled" if dark else "blocked")
        yield from self._note(("port", port), event, present=not known)

    def _forwarding(self, message: Forwarding, t: int) -> Iterator[Changed]:
        port = self._ports.get(self._names.get(message.device, ""))
        if port is None:
            return
        told = self._names.get(message.switch, "")
        switch = told if told in self._known_switches else self._switches[port]  # a card may be pinned to another
        mac = format_mac(message.mac)
        event = FdbChanged(t, switch, mac, port if message.present else None)
        yield from self._note((switch, mac), event, present=message.present)


def is_data_plane(device: str, *, managed: bool) -> bool:
    """Cables and the devices on them (a VRRP macvlan, a VLAN). A managed node's eth0, eth1, … are Docker's."""
    return bool(device) and device != "lo" and not (managed and _MANAGEMENT.fullmatch(device))


def _absent(event: Changed, t: int) -> Changed:
    return msgspec.structs.replace(event, t=t, **_ABSENT[type(event)])
