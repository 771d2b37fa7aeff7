"""Switches, trunks and cables: bridges and veth pairs in this namespace; the other end of a cable is in its node."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pyroute2.iproute.linux import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from harness.agents.network.card_state import CardState, addresses
from harness.agents.network.namespace import inside
from harness.agents.network.netlink import (
    FORWARDING,
    NETLINK_ROUTE,
    RP_FILTER,
    Netlink,
    delay_first_probe,
    flush_fdb,
    ipv4_settings,
    port_state,
    sticky_fdb,
)  # fmt: skip
from harness.agents.network.routes import through
from harness.model.errors import AgentError
from harness.model.node import Node, Port
from harness.model.topology import Topology

STICKY_ARP_MS: Final = 4 * 3600 * 1000  # Cisco's default ARP timeout
BLOCKED, FORWARDING_STATE = 1, 3
"""linux/if_bridge.h: BR_STATE_LISTENING, BR_STATE_FORWARDING. Without a spanning tree a kernel lets a port in
BR_STATE_BLOCKING forward at once; a listening one neither forwards nor learns, and stays so."""
LOOPBACK: Final = 1  # its index in every namespace

Setting = Callable[[int], bytes]
"""The index of a device → the request that sets something of it."""


class Pulled(NamedTuple):
    """What a card had when it left its node, and the settings that the lab had made by then."""

    state: CardState
    settings: dict[tuple[str, str], Setting]


@dataclass(frozen=True)
class Cabled:
    """A running node with its cables. Has descriptors of its namespace: `close` when its PID 1 ends."""

    pid: int
    namespace: int
    ip: Any  # IPRoute inside the namespace
    netlink: Netlink

    @classmethod
    def enter(cls, pid: int) -> "Cabled":
        """Raises `OSError` if the process is gone."""
        namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        with inside(namespace):
            return cls(pid, namespace, IPRoute(), Netlink(NETLINK_ROUTE))

    def close(self) -> None:
        """An open descriptor would keep the namespace and the cables of an ended node alive."""
        self.ip.close()
        self.netlink.close()
        os.close(self.namespace)


class Wiring:
    """`build` once, then `wire` and `unwire` as nodes start and end."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._ip: Any = IPRoute()
        self._netlink = Netlink(NETLINK_ROUTE)
        self._switches: dict[str, int] = {}
        self._devices = {name: device for device, name in topology.taps.items()}
        self._settings: dict[tuple[str, str], Setting] = {}
        self._pulled: dict[str, Pulled] = {}
        self.nodes: dict[str, Cabled] = {}

    def build(self) -> None:
        """Every switch and trunk. A switch only learns and floods: no spanning tree, no IGMP snooping."""
        for switch in self._topology.switches:
            self._ip.link("add", ifname=switch, kind="bridge", br_mcast_snooping=0)
            self._switches[switch] = self._index(self._ip, switch)
            self._ip.link("set", index=self._switches[switch], state="up")
        for trunk in self._topology.trunks.values():
            self._ip.link("add", ifname=trunk.end_a, kind="veth", peer={"ifname": trunk.end_b})
            for end, switch in ((trunk.end_a, trunk.a), (trunk.end_b, trunk.b)):
                self._plug(end, switch)

    def wire(self, name: str, pid: int) -> None:
        """All cables of a node. Raises `OSError` (or pyroute2's NetlinkError) if the node ends meanwhile."""
        cabled = Cabled.enter(pid)
        self.nodes[name] = cabled
        node = self._topology.nodes[name]
        _forget_management(cabled, node)
        for port in node.ports:
            self._cable(port, cabled)
            self._configure(cabled, node, port)
        _add_routes(cabled, node)

    def set_on(self, name: str, what: str, setting: Setting) -> None:
        """Of all data ports of a wired node; also of a card that returns later, and of the node when it starts again.

        `what`: each one replaces an earlier one of this name. Raises `AgentError` for a node that is not wired.
        """
        cabled = self.cabled(name)
        self._settings[name, what] = setting
        for port in self._topology.nodes[name].ports:
            for index in cabled.ip.link_lookup(ifname=port.device):
                cabled.netlink.request(setting(index))

    def add_own(self, name: str, ip: str) -> None:
        """An address of a wired node's own, and the node's routes; what is there already stays."""
        cabled, node = self.cabled(name), self._topology.nodes[name]
        for port in node.ports:
            if port.address == ip:
                _add_address(cabled, port)
        _add_routes(cabled, node)

    @staticmethod
    def translated(work: Callable[[], None]) -> None:
        """Does the work. Errors of pyroute2, and of a device that has just vanished, become `AgentError`.

        An entry that ends between its listing and its deletion must not end the agent.
        """
        try:
            work()
        except (NetlinkError, ValueError, IndexError) as error:
            raise AgentError(f"the kernel refused: {error}") from error

    def unwire(self, name: str) -> None:
        """Idempotent. The kernel removes both ends of a cable together."""
        cabled = self.nodes.pop(name, None)
        if cabled:
            cabled.close()
        for port in self._topology.nodes[name].ports:
            self._pulled.pop(port.name, None)
            _delete(self._ip, port.tap)

    def pull(self, port: Port) -> None:
        """The card of a wired node leaves it: it lies here, with its end of the cable, so that taps and ports stay.

        This and the next two are called on lanes, with sockets of their own: the loop uses the others meanwhile.
        """
        with self._entered(port.node) as (here, cabled):
            (index,) = cabled.ip.link_lookup(ifname=port.device)
            self._pulled[port.name] = Pulled(self.state(cabled, port.node, index), self._settings.copy())
            home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            try:
                cabled.ip.link("set", index=index, net_ns_fd=home, ifname=self._away(here, port))
            finally:
                os.close(home)

    def plug_in(self, port: Port) -> None:
        """The card is in its node again, as it was. A node that has ended meanwhile has other cards, or none.

        May be repeated: a card that came back, and was not configured, is configured then; any other stays as it is.
        """
        if port.node not in self.nodes:
            return
        with self._entered(port.node) as (here, cabled):
            for index in here.link_lookup(ifname=self._away(here, port)):
                here.link("set", index=index, net_ns_fd=cabled.namespace, ifname=port.device)
            pulled = self._pulled.get(port.name)
            if pulled and cabled.ip.link_lookup(ifname=port.device):
                self._configure(cabled, self._topology.nodes[port.node], port, pulled)
                self._pulled.pop(port.name, None)

    def change_mac(self, port: Port, present: str, mac: str) -> None:
        """Of the card, in its node or pulled. `present`: only if it has this one now. Without cables there is none."""
        if port.node not in self.nodes:
            return
        with self._entered(port.node) as (here, cabled):
            for ip, device in ((cabled.ip, port.device), (here, self._away(here, port))):
                for link in ip.get_links(*ip.link_lookup(ifname=device)) if ip.link_lookup(ifname=device) else ():
                    if present in ("", link.get_attr("IFLA_ADDRESS")):
                        ip.link("set", index=link["index"], address=mac)

    def state(self, cabled: Cabled, node: str, index: int) -> CardState:
        """Of a card, without the VIPs that the node may have: they are keepalived's. Raises `OSError`."""
        vips = {vip.address for vip in self._topology.vips if node in vip.nodes}
        return CardState.of(cabled.ip, cabled.netlink, index, vips)

    def give_back(self, cabled: Cabled, node: str, index: int, state: CardState) -> None:
        """Addresses and routes of a card that is up. What another node has by now stays there."""
        missing = {each.ip for each in state.addresses} - {each.ip for each in addresses(cabled.ip, index=index)}
        state.restore_addresses(cabled.ip, index, self._taken(missing, node) if missing else ())

    def _taken(self, ips: set[str], but: str) -> set[str]:
        """Which of these addresses another wired node has; one that ends meanwhile has none."""
        found: set[str] = set()
        for name in self.nodes.keys() - {but}:
            with suppress(FileNotFoundError, ProcessLookupError, AgentError), self._entered(name) as (_, cabled):
                found |= {each.ip for each in addresses(cabled.ip)} & ips
        return found

    @contextmanager
    def _entered(self, node: str) -> Iterator[tuple[Any, Cabled]]:
        """Sockets in this namespace and in a wired node's, for this thread alone. Raises `AgentError`, `OSError`."""
        cabled = Cabled.enter(self.cabled(node).pid)
        try:
            with IPRoute() as here:
                yield here, cabled
        finally:
            cabled.close()

    def _away(self, here: Any, port: Port) -> str:
        """The name of a pulled card: unique, as its switch port's device is."""
        return f"away-{self._index(here, port.tap)}"

    def device(self, port: str) -> str:
        """The device of a port (NODE.SEGMENT, TRUNK.a) in this namespace; the port need not be wired now."""
        return self._devices[port]

    def is_wired(self, port: str) -> bool:
        """Is there a cable now? Trunks are always wired."""
        cable = self._topology.ports.get(port)
        return port in self._devices and (cable is None or cable.node in self.nodes)

    def expect(self, port: str) -> None:
        """Raises `AgentError` if there is no cable now."""
        if not self.is_wired(port):
            raise AgentError(f"{port} is not wired: its node is not running.")

    def cabled(self, node: str) -> Cabled:
        """Raises `AgentError` if the node has no cables now."""
        if node not in self.nodes:
            raise AgentError(f"{self._topology.node(node).name} is not wired: it is not running.")
        return self.nodes[node]

    def request(self, message: bytes) -> None:
        """A prebuilt rtnetlink request in the switches' namespace. Raises `OSError`."""
        self._netlink.request(message)

    def flush_fdb(self, switch: str) -> None:
        self._netlink.request(flush_fdb(switch))

    def set_port_state(self, port: str, state: int) -> bool:
        """Of a wired port. False: it has no carrier, and the kernel accepts none but ``disabled``."""
        try:
            self._netlink.request(port_state(self._index(self._ip, self.device(port)), state))
        except OSError as error:
            if error.errno != errno.ENETDOWN:
                raise
            return False
        return True

    def pin_mac(self, port: str, mac: str, *, pinned: bool) -> None:
        """To unpin what is not pinned is no error."""
        index = self._index(self._ip, self.device(port))
        try:
            self._netlink.request(sticky_fdb(index, mac, present=pinned))
        except OSError as error:
            if pinned or error.errno != errno.ENOENT:
                raise

    def _cable(self, port: Port, cabled: Cabled) -> None:
        _delete(
            cabled.ip, port.device
        )  # of an earlier process of this agent: the kernel may still be removing its namespace
        _delete(self._ip, port.tap)
        peer = {"ifname": port.device, "address": port.mac, "net_ns_fd": cabled.namespace}
        self._ip.link("add", ifname=port.tap, kind="veth", peer=peer)
        self._plug(port.tap, port.switch)

    def _plug(self, device: str, switch: str) -> None:
        self._ip.link("set", index=self._index(self._ip, device), master=self._switches[switch], state="up")

    def _configure(self, cabled: Cabled, node: Node, port: Port, pulled: Pulled | None = None) -> None:
        """`pulled`: of a card that returns. What was set by hand comes before what the lab has set since, only."""
        (index,) = cabled.ip.link_lookup(ifname=port.device)
        cabled.netlink.request(ipv4_settings(index, {FORWARDING: int(node.forwards), RP_FILTER: 0}))
        if node.sticky_arp:
            cabled.netlink.request(delay_first_probe(index, STICKY_ARP_MS))
        if pulled:
            pulled.state.restore_settings(cabled.netlink, index)
        for (name, what), setting in tuple(self._settings.items()):
            if name == node.name and not (pulled and pulled.settings.get((name, what)) is setting):
                cabled.netlink.request(setting(index))
        cabled.ip.link("set", index=index, state="up")
        _add_address(cabled, port)
        if pulled:
            self.give_back(cabled, node.name, index, pulled.state)

    @staticmethod
    def _index(ip: Any, device: str) -> int:
        return int(ip.link_lookup(ifname=device)[0])


def _add_address(cabled: Cabled, port: Port) -> None:
    (index,) = cabled.ip.link_lookup(ifname=port.device)
    address, length = port.ip.split("/")
    cabled.ip.addr("replace", index=index, address=address, prefixlen=int(length), broadcast=True)


def _add_routes(cabled: Cabled, node: Node) -> None:
    """Those of its cards that are there: another card may be away, and its routes come with it."""
    there = [port for port in node.ports if cabled.ip.link_lookup(ifname=port.device)]
    for route in node.routes if len(there) == len(node.ports) else through(node.routes, there):
        cabled.ip.route("replace", dst=route.to, gateway=route.via)


def _forget_management(cabled: Cabled, node: Node) -> None:
    """The management network neither forwards nor has a default route: the data plane cannot use it."""
    for link in cabled.ip.get_links():
        if link["index"] != LOOPBACK and link.get_attr("IFLA_IFNAME") not in [port.device for port in node.ports]:
            cabled.netlink.request(ipv4_settings(link["index"], {FORWARDING: 0}))
    for route in cabled.ip.get_default_routes():
        cabled.ip.route("del", dst="default", gateway=route.get_attr("RTA_GATEWAY"), oif=route.get_attr("RTA_OIF"))


def _delete(ip: Any, device: str) -> None:
    for index in ip.link_lookup(ifname=device):
        ip.link("del", index=index)
