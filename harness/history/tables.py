"""What every node and switch knew, over time: addresses, ARP caches, forwarding tables. Folded once from the events."""

from collections.abc import Iterable

from harness.history.forwarding import Forwarding
from harness.history.timeline import Interval, Timeline, overlaps
from harness.model.events import AddressChanged, AgentStarted, AnyEvent, FdbChanged, NeighbourChanged, Unwired
from harness.model.topology import Pair, Topology


class Tables:
    """Step functions of time. A node whose PID 1 died knows nothing and holds no address until it says so again.

    Nor does any, from when the observer started anew: it tells all that exists then.
    """

    def __init__(self, topology: Topology, events: Iterable[AnyEvent]) -> None:
        self.topology = topology
        self.addresses: Timeline[tuple[str, str], bool] = Timeline()  # (node, IP)
        self.neighbours: Timeline[tuple[str, str], str | None] = Timeline()  # (node, IP) → MAC
        self.fdb: Timeline[tuple[str, str], str | None] = Timeline()  # (switch, MAC) → port
        for event in events:
            self._take(event)

    def holds(self, node: str, ip: str) -> list[Interval]:
        """When `node` held the address."""
        return self.addresses.intervals((node, ip), True)

    def owners(self, pair: Pair) -> dict[str, list[Interval]]:
        """Node → when it held the pair's VIP."""
        return {node: self.holds(node, pair.vip) for node in pair.nodes}

    def owners_at(self, pair: Pair, t: int) -> list[str]:
        return [node for node in pair.nodes if self.addresses.at((node, pair.vip), t)]

    def dual(self, pair: Pair) -> list[Interval]:
        """When both nodes held the VIP."""
        first, second = pair.nodes
        return overlaps(self.holds(first, pair.vip), self.holds(second, pair.vip))

    def known(self, pair: Pair) -> bool:
        """Was the VIP ever seen on either node? If not, nothing can be said about its owner."""
        return any(self.owners(pair).values())

    def arp(self, cache: str, t: int) -> str | None:
        """The node that a frame sent to the MAC cached for the pair's VIP would reach at `t`; None if none."""
        pair = self.pair_of(cache)
        mac = self.neighbours.at((cache, pair.vip), t)
        switch = self.topology.node(cache).port(pair.segment).switch
        return self.forwarding(t, mac).reaches(switch, mac) if mac else None

    def forwarding(self, t: int, mac: str | None) -> Forwarding:
        """The switches' tables at `t`, for one MAC."""
        learnt = {(switch, mac): self.fdb.at((switch, mac), t) for switch in self.topology.switches if mac}
        pairs = [pair for pair in self.topology.pairs.values() if pair.vmac == mac]
        virtual = {(pair.segment, pair.vmac): self.owners_at(pair, t) for pair in pairs}
        return Forwarding(self.topology, {(s, m): port for (s, m), port in learnt.items() if port}, virtual)

    def arp_changes(self, cache: str, window: Interval) -> list[tuple[int, str | None]]:
        """(t, node reached) at the window's begin and at every change inside it."""
        changes: list[tuple[int, str | None]] = []
        for t in self.arp_instants(cache, window):
            node = self.arp(cache, t)
            if not changes or changes[-1][1] != node:
                changes.append((t, node))
        return changes

    def pair_of(self, cache: str) -> Pair:
        return self.topology.pair(self.topology.caches[cache])

    def arp_instants(self, cache: str, window: Interval) -> list[int]:
        """The window's begin and every instant inside it at which what the cache reaches may change."""
        pair = self.pair_of(cache)
        key = (cache, pair.vip)
        macs = {mac for _, mac in self.neighbours.changes(key) if mac}
        times = {t for t, _ in self.neighbours.changes(key)}
        if pair.vmac in macs:  # a switch that does not know it floods, and whoever has the VIP is reached
            times |= {t for node in pair.nodes for t, _ in self.addresses.changes((node, pair.vip))}
        times |= {t for switch in self.topology.switches for mac in macs for t, _ in self.fdb.changes((switch, mac))}
        return [window.begin, *sorted(t for t in times if window.begin < t < window.end)]

    def _take(self, event: AnyEvent) -> None:
        match event:
            case AddressChanged():
                self.addresses.set((event.node, event.ip), event.t, event.present)
            case NeighbourChanged():
                self.neighbours.set((event.node, event.ip), event.t, event.mac)
            case FdbChanged():
                self.fdb.set((event.switch, event.mac), event.t, event.port)
            case Unwired():
                self._forget(event.node, event.t)
            case AgentStarted(agent="eye"):
                for node in self.topology.nodes:
                    self._forget(node, event.t)
                for key in self.fdb.known():
                    self.fdb.set(key, event.t, None)
            case _:
                pass  # frames, samples and marks change no table

    def _forget(self, node: str, t: int) -> None:
        for key in [key for key in self.addresses.known() if key[0] == node]:
            self.addresses.set(key, t, False)
        for key in [key for key in self.neighbours.known() if key[0] == node]:
            self.neighbours.set(key, t, None)
