"""How the network agent does and undoes its ops on addresses (`harness.model.ops.addresses`)."""

import errno
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any, Final, NamedTuple, assert_never

from harness.agents.executor import Ready
from harness.agents.network import arp
from harness.agents.network.netlink import address, delete_link
from harness.agents.network.wiring import Cabled, Wiring
from harness.model.errors import AgentError
from harness.model.ops import AddressGone, AddressOp, AddressTaken, DeleteAddress, ForgetKernel
from harness.model.topology import Node, Topology

_GONE: Final = (errno.EADDRNOTAVAIL, errno.ENODEV, errno.ENOENT)
_HOST: Final = 32  # bits
_VIRTUAL: Final = ("macvlan", "ipvlan", "vlan", "dummy")  # what keepalived makes or an operator adds on a cable


class Found(NamedTuple):
    """An address of a node. `device`: the kernel's index."""

    ip: str
    prefix: int
    device: int


class AddressExecutor:
    def __init__(self, topology: Topology, wiring: Wiring) -> None:
        self._topology = topology
        self._wiring = wiring

    def prepare(self, op: AddressOp) -> Ready:
        """Raises `AgentError` for a node that is not wired or lacks the address, or has it already."""
        match op:
            case AddressGone():
                self._expect(op.node, op.ip)
                return Ready(partial(self._delete, op.node, op.ip), partial(self._configure, op))
            case AddressTaken():
                return self._taken(op)
            case DeleteAddress():
                self._expect(op.node, op.ip)
                return Ready(partial(self._delete, op.node, op.ip))
            case ForgetKernel():
                self._wiring.cabled(op.node)
                return Ready(partial(self._forget, op.node))
            case _:
                assert_never(op)

    def restore(self, op: AddressGone | AddressTaken) -> None:
        match op:
            case AddressGone():
                self._configure(op)
            case AddressTaken():
                self._give_back(op)
            case _:
                assert_never(op)

    def _taken(self, op: AddressTaken) -> Ready:
        cabled, port = self._wiring.cabled(op.node), self._topology.node(op.node).port(op.segment)
        if op.ip in (found.ip for found in _addresses(cabled)):
            raise AgentError(f"{op.node} has {op.ip} already.")
        (index,) = cabled.ip.link_lookup(ifname=port.device)
        message = address(index, op.ip, _HOST, present=True)
        return Ready(lambda: cabled.netlink.request(message), partial(self._give_back, op))

    def _give_back(self, op: AddressTaken) -> None:
        """A node without cables has no address. A node that holds the VIP by VRRP has it with another prefix."""
        if op.node in self._wiring.nodes:
            cabled = self._wiring.cabled(op.node)
            for found in _addresses(cabled):
                if (found.ip, found.prefix) == (op.ip, _HOST):
                    _remove(cabled, found)

    def _expect(self, node: str, ip: str) -> None:
        found = [each.ip for each in _addresses(self._wiring.cabled(node))]
        if ip not in found:
            raise AgentError(f"{node} does not have {ip} now. It has {', '.join(found)}.")

    def _delete(self, node: str, ip: str) -> None:
        """Where keepalived has not added it again since the last time, there is nothing to delete."""
        cabled = self._wiring.cabled(node)
        for found in _addresses(cabled):
            if found.ip == ip:
                _remove(cabled, found)

    def _configure(self, op: AddressGone) -> None:
        """Adds the address if it is missing, and the routes that went with it. A node without cables has no address."""
        if op.node in self._wiring.nodes:
            self._wiring.configure(op.node)

    def _forget(self, name: str) -> None:
        cabled, node = self._wiring.cabled(name), self._topology.node(name)
        for device in _virtual_devices(cabled, node):
            _request(cabled, delete_link(device))
        own = {port.address for port in node.ports}
        for found in _addresses(cabled):
            if found.ip not in own:
                _remove(cabled, found)
        arp.flush(cabled, node, None)


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
