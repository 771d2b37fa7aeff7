"""How the network agent does and undoes its ops on addresses (`harness.model.ops.addresses`)."""

import errno
import socket
from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple, assert_never

from harness.agents.executor import Ready
from harness.agents.loop import Loop
from harness.agents.network import arp
from harness.agents.network.card_state import CardState
from harness.agents.network.netlink import address, delete_link
from harness.agents.network.repeated import LEAST_NS, Repeated
from harness.agents.network.wiring import Cabled, Wiring
from harness.model.errors import AgentError, BadValue
from harness.model.node import Node
from harness.model.ops import AddressGone, AddressKeptAway, AddressOp, AddressTaken, DeleteAddress, ForgetKernel
from harness.model.topology import Topology

_GONE: Final = (errno.EADDRNOTAVAIL, errno.ENODEV, errno.ENOENT)
_NONE: Final[Mapping[int, CardState]] = MappingProxyType({})
_HOST: Final = 32  # bits
_VIRTUAL: Final = ("macvlan", "ipvlan", "vlan", "dummy")  # what keepalived makes or an operator adds on a cable


class Found(NamedTuple):
    """An address of a node. `device`: the kernel's index."""

    ip: str
    prefix: int
    device: int


class AddressExecutor:
    def __init__(self, loop: Loop, topology: Topology, wiring: Wiring) -> None:
        self._repeated = Repeated(loop)
        self._topology = topology
        self._wiring = wiring

    def prepare(self, op: AddressOp) -> Ready:
        """Raises `AgentError` for a node that is not wired, lacks the address, or has it already."""
        cabled, node = self._wiring.cabled(op.node), self._topology.node(op.node)
        match op:
            case AddressGone():
                return self._gone(op, cabled, node)
            case AddressTaken():
                return self._taken(op, cabled)
            case AddressKeptAway():
                return self._kept_away(op, cabled, node)
            case DeleteAddress():
                _expect(cabled, node, op.ip)
                return Ready(partial(self._delete, op))
            case ForgetKernel():
                return Ready(partial(self._wiring.translated, partial(self._forget, op)))
            case _:
                assert_never(op)

    def restore(self, op: AddressGone | AddressTaken | AddressKeptAway) -> None:
        match op:
            case AddressGone():
                self._give_back(op)
            case AddressTaken():
                self._withdraw(op)
            case AddressKeptAway():  # the process that deleted it has ended
                self._repeated.stop(op)
            case _:
                assert_never(op)

    def _delete(self, op: DeleteAddress | AddressKeptAway) -> None:
        """Raises `AgentError` if the node does not have it."""
        self._wiring.translated(partial(self._delete_now, op))

    def _delete_now(self, op: AddressGone | DeleteAddress | AddressKeptAway) -> None:
        cabled, node = self._wiring.cabled(op.node), self._topology.node(op.node)
        for found in _expect(cabled, node, op.ip):
            _remove(cabled, found)

    def _gone(self, op: AddressGone, cabled: Cabled, node: Node) -> Ready:
        """Remembers what the kernel removes with an address: others of its network, and with the last one all routes.

        That alone: what others have removed before, after it was armed, and since, they may want to stay removed. Not
        in the journal: an agent that starts anew makes all cables anew.
        """
        _expect(cabled, node, op.ip)
        lost: dict[int, CardState] = {}

        def apply() -> None:
            self._wiring.translated(lambda: lost.update(self._lost_with(op)))

        return Ready(apply, partial(self._give_back, op, lost))

    def _lost_with(self, op: AddressGone) -> dict[int, CardState]:
        """Deletes the address. Card → what went with it. Raises `AgentError` if the node does not have it."""
        cabled, node = self._wiring.cabled(op.node), self._topology.node(op.node)
        devices = {found.device for found in _expect(cabled, node, op.ip)}
        before = {device: self._wiring.state(cabled, op.node, device) for device in devices}
        self._delete_now(op)
        return {device: was.lost_since(self._wiring.state(cabled, op.node, device)) for device, was in before.items()}

    def _kept_away(self, op: AddressKeptAway, cabled: Cabled, node: Node) -> Ready:
        _expect(cabled, node, op.ip)
        if op.interval_ns < LEAST_NS:
            raise BadValue("interval_ns", op.interval_ns, f"{LEAST_NS} or more")
        work = partial(self._delete, op)
        return Ready(partial(self._repeated.start, op, op.interval_ns, work), partial(self._repeated.stop, op))

    def _give_back(self, op: AddressGone, states: Mapping[int, CardState] = _NONE) -> None:
        """The address, if it is missing, and the routes that went with it. Without cables a node has no address."""
        if op.node in self._wiring.nodes:
            self._wiring.translated(partial(self._give_back_now, op, states))

    def _give_back_now(self, op: AddressGone, states: Mapping[int, CardState]) -> None:
        self._wiring.add_own(op.node, op.ip)
        cabled = self._wiring.cabled(op.node)
        present = {link["index"] for link in cabled.ip.get_links()}
        for device in states.keys() & present:
            self._wiring.give_back(cabled, op.node, device, states[device])

    def _taken(self, op: AddressTaken, cabled: Cabled) -> Ready:
        port = self._topology.node(op.node).port(op.segment)
        if op.ip in (found.ip for found in _addresses(cabled)):
            raise AgentError(f"{op.node} has {op.ip} already.")

        def apply() -> None:
            now = self._wiring.cabled(op.node)
            self._wiring.translated(lambda: _add(now, port.device, op.ip))

        return Ready(apply, partial(self._withdraw, op))

    def _withdraw(self, op: AddressTaken) -> None:
        """Without cables a node has no address. A node that has the VIP by VRRP has it with another prefix."""
        if op.node in self._wiring.nodes:
            cabled = self._wiring.cabled(op.node)
            for found in _addresses(cabled):
                if (found.ip, found.prefix) == (op.ip, _HOST):
                    _remove(cabled, found)

    def _forget(self, op: ForgetKernel) -> None:
        cabled, node = self._wiring.cabled(op.node), self._topology.node(op.node)
        for device in _virtual_devices(cabled, node):
            _request(cabled, delete_link(device))
        own = {port.address for port in node.ports}
        for found in _addresses(cabled):
            if found.ip not in own:
                _remove(cabled, found)
        arp.flush(cabled, node, None)


def _expect(cabled: Cabled, node: Node, ip: str) -> list[Found]:
    """Where the node has the address. Raises `AgentError` if nowhere."""
    every = [*_addresses(cabled)]
    found = [each for each in every if each.ip == ip]
    if not found:
        raise AgentError(f"{node.name} does not have {ip} now. It has {', '.join(each.ip for each in every)}.")
    return found


def _add(cabled: Cabled, device: str, ip: str) -> None:
    (index,) = cabled.ip.link_lookup(ifname=device)
    cabled.netlink.request(address(index, ip, _HOST, present=True))


def _addresses(cabled: Cabled) -> Iterator[Found]:
    """IPv4, without the loopback's."""
    for entry in cabled.ip.get_addr(family=socket.AF_INET):
        ip = entry.get_attr("IFA_LOCAL") or entry.get_attr("IFA_ADDRESS")
        if not ip.startswith("127."):
            yield Found(ip, entry["prefixlen"], entry["index"])


def _remove(cabled: Cabled, found: Found) -> None:
    _request(cabled, address(found.device, found.ip, found.prefix, present=False))


def _request(cabled: Cabled, deletion: bytes) -> None:
    """What is gone already is no error."""
    try:
        cabled.netlink.request(deletion)
    except OSError as error:
        if error.errno not in _GONE:
            raise


def _virtual_devices(cabled: Cabled, node: Node) -> list[int]:
    """Devices on the node's cables, such as the macvlan of ``use_vmac``."""
    links: list[Any] = cabled.ip.get_links()
    cables = {link["index"] for link in links if link.get_attr("IFLA_IFNAME") in node.devices}
    return [
        link["index"]
        for link in links
        if link.get_attr("IFLA_LINK") in cables and link["index"] not in cables and _kind(link) in _VIRTUAL
    ]


def _kind(link: Any) -> str:
    information = link.get_attr("IFLA_LINKINFO")
    return str(information.get_attr("IFLA_INFO_KIND")) if information else ""
