"""Addresses, ARP caches and forwarding tables of nodes and switches over time. Computed once from the events."""

from collections.abc import Iterable
from functools import cached_property

from harness.history.forwarders import Forwarders
from harness.history.forwarding import Forwarding
from harness.history.timeline import Interval, Timeline, gaps, overlaps, union
from harness.model.events import (
    AddressChanged,
    AgentStarted,
    AnyEvent,
    FdbChanged,
    NeighbourChanged,
    PortState,
    Unwired,
)
from harness.model.topology import Cache, Topology
from harness.model.virtual_router import RouterVip


class Tables:
    """Step functions of time. A node whose PID 1 died has no address and no entry until an event says so again.

    When the eye restarts, this is so for every node: the eye then emits all that exists.
    """

    def __init__(self, topology: Topology, events: Iterable[AnyEvent]) -> None:
        self.topology = topology
        self.addresses: Timeline[tuple[str, str], bool] = Timeline()  # (node, IP)
        self.neighbours: Timeline[tuple[str, str], str | None] = Timeline()  # (node, IP) → MAC
        self.fdb: Timeline[tuple[str, str], str | None] = Timeline()  # (switch, MAC) → port
        self.ports: Timeline[str, str] = Timeline()  # port → forwarding, blocked, disabled; untold: forwarding
        self._told: Timeline[str, bool] = Timeline()  # are the node's addresses known?
        self._entries: Timeline[str, bool] = Timeline()  # are its ARP entries known?
        self._gone: set[str] = set()  # these have none, and no event of theirs comes
        told = list(events)
        self.forwarders = Forwarders(topology, told)
        for event in told:
            self._take(event)

    def holds(self, node: str, ip: str) -> list[Interval]:
        """When `node` held the address."""
        return self.addresses.intervals((node, ip), True)

    def owners(self, vip: RouterVip) -> dict[str, list[Interval]]:
        """Node → when it held the VIP."""
        return {node: self.holds(node, vip.address) for node in vip.nodes}

    def owners_at(self, vip: RouterVip, t: int) -> list[str]:
        return [node for node in vip.nodes if self.addresses.at((node, vip.address), t)]

    def owned(self, vip: RouterVip) -> list[Interval]:
        """When any node held the VIP."""
        return [held for node in vip.nodes for held in self.holds(node, vip.address)]

    def dual(self, vip: RouterVip) -> list[Interval]:
        """When two nodes or more had the VIP, also nodes that are none of its router."""
        owners = [self.holds(node, vip.address) for node in self.topology.nodes]
        return union(
            [both for i, one in enumerate(owners) for other in owners[i + 1 :] for both in overlaps(one, other)]
        )

    def untold(self, nodes: Iterable[str], within: Interval) -> list[Interval]:
        """When it is unknown which of these nodes had an address: before the first event, and while an eye restarts."""
        return union([gap for node in nodes for gap in gaps(self._told.intervals(node, True), within)])

    def untold_entries(self, cache: Cache, within: Interval) -> list[Interval]:
        """When it is unknown whether the cache had an entry: an eye tells addresses and entries of a node together."""
        return gaps(self._entries.intervals(cache.device, True), within)

    def arp(self, cache: Cache, t: int) -> str | None:
        """The node that a frame sent to the MAC cached for the VIP would reach at `t`; None if none."""
        mac = self.mac(cache, t)
        port = self.topology.node(cache.device).port(cache.vip.segment)
        return self.forwarding(t, mac).reached_from(port, mac) if mac else None

    def mac(self, cache: Cache, t: int) -> str | None:
        """The MAC of the entry at `t`; None if there was no entry, or an incomplete one."""
        return self.neighbours.at((cache.device, cache.vip.address), t)

    def forwarding(self, t: int, mac: str | None) -> Forwarding:
        """The switches' tables at `t`, for one MAC."""
        learnt = {(switch, mac): self.fdb.at((switch, mac), t) for switch in self.topology.switches if mac}
        virtual = {
            (router.segment, router.vmac): self.owners_at(router.first, t)
            for router in self.topology.virtual_routers.values()
            if router.vmac == mac
        }
        known = {(s, m): port for (s, m), port in learnt.items() if port}
        return Forwarding(self.topology, known, virtual, self.blocked_at(t))

    def blocked_at(self, t: int) -> frozenset[str]:
        """The ports that do not forward at `t`."""
        return frozenset(port for port in self.ports.known() if self.ports.at(port, t) not in (None, "forwarding"))

    @cached_property
    def caches(self) -> dict[str, Cache]:
        """The topology's caches, built once."""
        return self.topology.caches

    def caches_of(self, vip: RouterVip) -> dict[str, Cache]:
        return {name: cache for name, cache in self.caches.items() if cache.vip == vip}

    def cache_of(self, vantage: str) -> Cache:
        """The entry that decides which node gets the requests of a vantage point, as the topology has it."""
        return self.caches[self.topology.cache_of(vantage)]

    def cache_at(self, vantage: str, t: int) -> Cache | None:
        """The entry that decides at `t` which node gets the requests of a vantage point; None as in `cache_name`."""
        name = self.cache_name(vantage, t)
        return self.caches[name] if name else None

    def cache_name(self, vantage: str, t: int) -> str | None:
        """Its name in `caches`: of the gateway that serves the host at `t` where GLBP decides, else the topology's.

        None: the host sends to a forwarder, and it is not known that one gateway alone forwards for it.
        """
        usual = self.topology.cache_of(vantage)
        if not self.forwarders.pinned(vantage, t):
            return usual
        wanted = (self.forwarders.gateway_of(vantage, t), self.caches[usual].vip)
        return next((name for name, cache in self.caches.items() if (cache.device, cache.vip) == wanted), None)

    def arp_changes(self, cache: Cache, window: Interval) -> list[tuple[int, str | None]]:
        """(t, node reached) at the window's begin and at every change inside it."""
        changes: list[tuple[int, str | None]] = []
        for t in self.arp_instants(cache, window):
            node = self.arp(cache, t)
            if not changes or changes[-1][1] != node:
                changes.append((t, node))
        return changes

    def arp_instants(self, cache: Cache, window: Interval) -> list[int]:
        """The window's begin and every instant inside it at which what the cache reaches may change."""
        vip = cache.vip
        entries = list(self.neighbours.changes((cache.device, vip.address)))
        macs, times = {mac for _, mac in entries if mac}, {t for t, _ in entries}
        if vip.router.vmac in macs:  # a switch that does not know it floods: the node that has the VIP is reached
            times |= {t for node in vip.nodes for t, _ in self.addresses.changes((node, vip.router.first.address))}
        times |= {t for switch in self.topology.switches for mac in macs for t, _ in self.fdb.changes((switch, mac))}
        times |= {t for port in self.ports.known() for t, _ in self.ports.changes(port)}
        return window.instants(times)

    def _take(self, event: AnyEvent) -> None:
        match event:
            case AddressChanged():
                self.addresses.set((event.node, event.ip), event.t, event.present)
                self._told.set(event.node, event.t, True)
                self._entries.set(event.node, event.t, True)
                self._gone.discard(event.node)
            case NeighbourChanged():
                self.neighbours.set((event.node, event.ip), event.t, event.mac)
                self._entries.set(event.node, event.t, True)
            case FdbChanged():
                self.fdb.set((event.switch, event.mac), event.t, event.port)
            case PortState():
                self.ports.set(event.port, event.t, event.state)
            case Unwired():
                self._forget(event.node, event.t)
                self._gone.add(event.node)
            case AgentStarted(agent="eye"):
                self._forget_all(event.t)
            case _:
                pass  # frames, samples and marks change no table

    def _forget_all(self, t: int) -> None:
        for node in self.topology.nodes:
            self._forget(node, t)
            if node not in self._gone:
                self._told.set(node, t, False)
                self._entries.set(node, t, False)
        for key in self.fdb.known():
            self.fdb.set(key, t, None)
        for port in self.ports.known():
            self.ports.set(port, t, "forwarding")

    def _forget(self, node: str, t: int) -> None:
        for key in [key for key in self.addresses.known() if key[0] == node]:
            self.addresses.set(key, t, False)
        for key in [key for key in self.neighbours.known() if key[0] == node]:
            self.neighbours.set(key, t, None)
