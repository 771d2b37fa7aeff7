"""Nodes, switches and caches on one clock; ops happen to them. Times are ns; 0 is the instant of the first op."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from harness.model.ops import AnyOp, Part
from harness.model.topology import Topology
from harness.simulation.caches import Caches, Key
from harness.simulation.done import Done
from harness.simulation.instance import Instance
from harness.simulation.nodes import Nodes
from harness.simulation.queue import Kind
from harness.simulation.settings import Settings
from harness.simulation.sleep import Sleep
from harness.simulation.state import State

OP, OTHER, VRRP = Kind.op, Kind.other, Kind.vrrp


class AtRest(NamedTuple):
    """How a virtual router is before the first op.

    `phase_ns`: since its owner's last advert. `refresh_in_ns`: until the owner's next periodic gratuitous ARP.
    `burst_in_ns`: until the later announcement of a takeover that was shortly before; None: it is out.
    """

    owner: str
    phase_ns: int
    refresh_in_ns: int | None = None
    burst_in_ns: int | None = None


class Outage(NamedTuple):
    """From when to when a vantage point was not served."""

    begin: int
    end: int


class World:
    def __init__(self, topology: Topology, settings: Mapping[str, tuple[Settings, ...]]) -> None:
        self.topology = topology
        self.state = State(topology)
        self.caches = Caches(self.state)
        self.nodes = Nodes(self.state, self.caches, settings)
        self._done = Done(self.state, self.caches, self.nodes)
        self._asks: dict[str, Key] = {name: (vantage.cache, vantage.vip) for name, vantage in topology.vantages.items()}
        self._sleep = Sleep(self.state, self.nodes)
        self._begin_dark()

    def begin(self, at_rest: Mapping[str, AtRest], checks_phase: float = 0) -> None:
        """Every router at rest: its owner's last advert was heard by all. `at_rest`: virtual router → how.

        `checks_phase`: how long ago each check script ran, as a share of its interval.
        """
        self.state.reset()
        self.caches.reset()
        self.nodes.reset()
        self._done.reset()
        self.nodes.watchers.phase(checks_phase)
        self._sleep.begin()
        for name, rest in at_rest.items():
            for one in self.nodes.of(name):
                self._rest(one, rest)
        for key in self.caches.keys:
            self._remembers(key)
        self._begin_dark()
        self._look()

    def plan(self, parts: Iterable[Part]) -> None:
        """What is done, from 0 on. A part that is held without an end stays."""
        for number, part in enumerate(parts):
            self._done.plan(number, part)

    def run(self, until: int) -> None:
        state, queue, nodes = self.state, self.state.queue, self.nodes
        while entry := queue.pop(until, self._swaps):
            if entry.kind is OP or entry.kind is OTHER:
                self._sleep.wake()
            entry.handler(*entry.arguments)
            if state.dirty:
                self._look()
            if nodes.quiet:
                nodes.quiet = False
                if entry.kind is VRRP:
                    self._sleep.consider(int(entry.of))
        queue.now = max(queue.now, until)

    @property
    def unknown(self) -> list[AnyOp]:
        """Ops of this run of which the model knows nothing: what it says leaves them out."""
        return self._done.unknown

    @property
    def nodes_with_keepalived(self) -> frozenset[str]:
        return frozenset(one.node for one in self.nodes.instances)

    def owners(self, address: str) -> tuple[str, ...]:
        return tuple(self.state.holders(address))

    def outages(self, vantage: str) -> list[Outage]:
        """Since the begin, in order; the last one may go on."""
        since = self._dark_since[vantage]
        return self._dark[vantage] + ([] if since is None else [Outage(since, self.state.now)])

    def dark_so_far_ns(self) -> dict[str, int]:
        """Vantage point → for how long it was not served until now."""
        return {name: sum(end - begin for begin, end in self.outages(name)) for name in self._dark}

    def served(self, vantage: str) -> bool:
        return self._dark_since[vantage] is None

    def _rest(self, one: Instance, rest: AtRest) -> None:
        owner = next(other for other in self.nodes.of(one.router) if other.node == rest.owner)
        if one is owner:
            one.state, one.has_vips, one.last_sent_ns = "MASTER", True, -rest.phase_ns
            one.due_ns = one.vrrp.advert_int_ns - rest.phase_ns
            one.wants_master = True
            if one.group:
                one.group.state = "MASTER"
            for vip in self.nodes.places.held(one):
                self.state.holds[one.node, vip.address] = vip.port
                if one.vrrp.use_vmac:
                    self.state.layer2.learn(vip.mac, self.state.layer2.flood(vip.port).learns)
            if rest.burst_in_ns is not None:
                self.nodes.later(one, rest.burst_in_ns, "burst", one.vrrp.garp_master_repeat)
            if period := one.vrrp.garp_master_refresh_ns:
                after = period if rest.refresh_in_ns is None else rest.refresh_in_ns
                self.nodes.later(one, after, "refresh", one.vrrp.garp_master_refresh_repeat)
        else:
            one.state = "BACKUP"
            if one.vrrp.version == 3:
                one.learnt_ns = owner.vrrp.advert_int_ns
            one.down_ns = one.master_down_ns()
            one.due_ns = one.down_ns - rest.phase_ns
        self.nodes.arm(one)

    def _remembers(self, key: Key) -> None:
        """Each cache has its VIP's owner; the owner has the MAC address of each device that customers come through."""
        owner = next(iter(self.state.holders(key[1])), None)
        self.caches.begin(key, self.state.macs[owner, key[1]] if owner else None)
        if owner:
            self.state.known.add((owner, key[0]))

    def _swaps(self) -> bool:
        return self.state.choose(2, "order") == 1

    def _begin_dark(self) -> None:
        self._dark: dict[str, list[Outage]] = {name: [] for name in self._asks}
        self._dark_since: dict[str, int | None] = dict.fromkeys(self._asks)

    def _look(self) -> None:
        """What customers see has changed."""
        state = self.state
        state.dirty = False
        for vantage, key in self._asks.items():
            node, since = self.caches.serving(key), self._dark_since[vantage]
            if node is None and since is None:
                self._dark_since[vantage] = state.now
            elif node is not None and since is not None:
                self._dark[vantage].append(Outage(since, state.now))
                self._dark_since[vantage] = None
            if state.told:
                state.told.served(state.now, vantage, node)
