"""The nodes that run keepalived: their instances, and what waits for a process that stands still. Times in ns."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address
from typing import Final, NamedTuple

from harness.model.instance_of import heartbeat_of, instance_of
from harness.model.units import ms, us
from harness.model.virtual_router import RouterVip
from harness.simulation.caches import Caches
from harness.simulation.group import Group
from harness.simulation.instance import NEVER, Instance, Packet, Repeat, Where
from harness.simulation.netlink import Netlink
from harness.simulation.queue import Kind
from harness.simulation.settings import Settings
from harness.simulation.state import WIRE, Arp, State
from harness.simulation.tracking import Tracking

KEEPALIVED: Final = "keepalived"
THAW: Final = 100 * us
START_AFTER: Final = 100 * ms  # a supervised service, from the order to start it on
RESTART_AFTER: Final = 1_100 * ms  # from the order to restart it on


class Burst(NamedTuple):
    """An announcement that keepalived planned in one of its lives."""

    what: Repeat
    repeat: int
    life: int


class Transition(NamedTuple):
    """`state`: as keepalived's notify FIFO names it."""

    t: int
    node: str
    router: str
    state: str


class Announced(NamedTuple):
    t: int
    node: str
    router: str
    repeat: int


Tidings = Callable[[Instance], None]
"""What an instance does when its keepalived is told something."""

Late = Callable[[Instance, int], int]
"""(instance, when its timer is due) → by how much it is late."""


def on_time(_one: Instance, _due: int) -> int:
    return 0


class Nodes:
    """`transitions`, `announced`: what the instances did, in order. `vips`: of each instance, by its number.

    `starts`: (node, service) → when it runs again, where a recording tells it.
    """

    def __init__(self, state: State, caches: Caches, settings: Mapping[str, tuple[Settings, ...]]) -> None:
        self._state, self._caches, self._settings = state, caches, settings
        self._routers = state.topology.virtual_routers
        self._ports = state.topology.ports
        self._made = tuple(self._each())
        self._vips = {where.router: self._routers[where.router].owned for where, _ in self._made}
        self._vip_ports = {
            (where.node, vip.address): state.topology.node(where.node).port(vip.segment).name
            for where, _ in self._made
            for vip in self._vips[where.router]
        }
        self._tracking = Tracking(state, self)
        self.watchers = self._tracking.watchers
        self.netlink = Netlink(state, self, self._tracking)
        self.late: Late = on_time
        self.starts: dict[tuple[str, str], list[int]] = {}
        self.reset()

    def reset(self) -> None:
        self.instances = tuple(self._all())
        for number, one in enumerate(self.instances):
            one.number = number
        self._queued = [NEVER] * len(self.instances)
        self._inbox: list[list[Packet | Burst | Tidings]] = [[] for _ in self.instances]
        self._ears: dict[int, tuple[int, ...]] = {}  # until the next op: which instances hear this one's adverts
        self.stopped: Counter[str] = Counter()  # node → how many ops keep keepalived from running
        self.netlink.reset()
        self.in_flight = 0  # packets, and what keepalived is yet to be told
        self.watchers.reset(self.instances)
        self.transitions: list[Transition] = []
        self.announced: list[Announced] = []
        for one in self.instances:
            for vip in self.vips(one):
                self._state.macs[one.node, vip.address] = self.mac(one, vip)

    def _all(self) -> Iterator[Instance]:
        groups: dict[tuple[str, str], Group] = {}
        for where, settings in self._made:
            name = settings.vrrp.sync_group
            group = groups.setdefault((where.node, name), Group()) if name else None
            yield Instance(where, settings, self, group)

    def of(self, router: str) -> list[Instance]:
        return [one for one in self.instances if one.router == router]

    def vips(self, one: Instance) -> tuple[RouterVip, ...]:
        return self._vips[one.router]

    def vip_port(self, one: Instance, vip: RouterVip) -> str:
        return self._vip_ports[one.node, vip.address]

    def mac(self, one: Instance, vip: RouterVip) -> str:
        if one.vrrp.use_vmac:
            return self._routers[one.router].vmac
        return self._state.layer2.mac_of[self.vip_port(one, vip)]

    def changed(self) -> None:
        """An op came or went: who hears whom is looked up anew."""
        self._ears.clear()

    # -- the loop

    def arm(self, one: Instance) -> None:
        """And each member of its sync group, whose timer may be another now."""
        if one.group is None:
            self._arm(one)
            return
        for each in one.group.members:
            self._arm(each)

    def _arm(self, one: Instance) -> None:
        """One entry per instance: a timer that moved on is planned again when the old one comes up."""
        number, due = one.number, one.due_ns
        if due < self._queued[number]:
            self._queued[number] = due
            queue = self._state.queue
            at = max(due, queue.now)
            queue.push(at + self.late(one, at), Kind.vrrp, number, self._timer, one, due)

    def _timer(self, one: Instance, due: int) -> None:
        number = one.number
        if due != self._queued[number]:
            return
        self._queued[number] = NEVER
        if one.due_ns > due:
            self.arm(one)
        elif not self.stopped[one.node]:
            one.timer(self._state.now)
            self.arm(one)

    def _hear(self, one: Instance, packet: Packet) -> None:
        self.in_flight -= 1
        if one.state == "STOP":
            return
        if self.stopped[one.node]:
            self._inbox[one.number].append(packet)
            return
        one.hear(self._state.now, packet)
        self.arm(one)

    def _send_burst(self, one: Instance, burst: Burst) -> None:
        if burst.life != one.life:
            return
        if self.stopped[one.node]:
            self._inbox[one.number].append(burst)
            return
        if one.has_vips:
            self.announce(one, burst.repeat)
        if burst.what == "refresh":
            self._plan(one, one.vrrp.garp_master_refresh_ns, burst)

    def _plan(self, one: Instance, after: int, burst: Burst) -> None:
        number = one.number
        self._state.queue.push(self._state.now + after, Kind.burst, number, self._send_burst, one, burst)

    # -- what instances ask for (`instance.Actions`)

    def advertise(self, one: Instance, priority: int) -> None:
        state, layer2 = self._state, self._state.layer2
        number = one.number
        ears = self._ears.get(number)
        mac = self._routers[one.router].vmac if one.vrrp.use_vmac else layer2.mac_of[one.port]
        if ears is None or not layer2.clean or state.told:
            flood = layer2.multicast(one.port)
            if not one.vrrp.unicast_peers:
                state.learn(mac, flood)
            if state.told:
                state.told.advert(state.now, one, flood, mac, priority)
            ears = self._ears[number] = tuple(self._hearing(one))
        packet, queue = Packet(priority, one.ip, one.vrrp.advert_int_ns), state.queue
        self.in_flight += len(ears)
        for ear in ears:
            queue.push(queue.now + WIRE, Kind.vrrp, ear, self._hear, self.instances[ear], packet)

    def hold(self, one: Instance, *, present: bool) -> None:
        state = self._state
        for vip in self.vips(one):
            key = (one.node, vip.address)
            if present:
                state.holds[key] = self.vip_port(one, vip)
            else:
                state.holds.pop(key, None)
            if state.told:
                state.told.address(state.now, *key, present=present)
        state.dirty = True

    def announce(self, one: Instance, repeat: int) -> None:
        """A burst is one event here: it takes less than a millisecond."""
        self.announced.append(Announced(self._state.now, one.node, one.router, repeat))
        for vip in self.vips(one):
            port = self.vip_port(one, vip)
            self._caches.arp(port, Arp(self.mac(one, vip), vip.address, vip.address), repeat)

    def later(self, one: Instance, after_ns: int, what: Repeat, repeat: int) -> None:
        self._plan(one, after_ns, Burst(what, repeat, one.life))

    def says(self, one: Instance, state: str) -> None:
        self.transitions.append(Transition(self._state.now, one.node, one.router, state))
        if self._state.told:
            self._state.told.says(self._state.now, one, state)

    # -- what happens to nodes

    def tell(self, one: Instance, at: int, what: Tidings) -> None:
        """At that instant keepalived learns something; later, if it stands still then."""
        self.in_flight += 1
        self._state.queue.push(at, Kind.other, one.number, self._learn, one, what)

    def _learn(self, one: Instance, what: Tidings) -> None:
        self.in_flight -= 1
        if self.stopped[one.node]:
            self._inbox[one.number].append(what)
        elif one.state != "STOP":
            what(one)
            self.arm(one)

    def signal(self, node: str, by: int) -> None:
        """SIGSTOP, SIGCONT: what arrives meanwhile waits in sockets; timers become overdue."""
        self.stopped[node] += by
        if not self.stopped[node]:
            self._state.queue.push(self._state.now + THAW, Kind.other, node, self._thaw, node)

    def stop(self, node: str, *, killed: bool = False) -> None:
        """`killed`: without a word, and the VIPs stay until keepalived starts again."""
        for one in self.on(node):
            if one.state == "STOP":
                continue
            if killed:
                one.vanish(self._state.now)
            else:
                one.stop(self._state.now)
        self.watchers.ended(node)

    def start(self, node: str, after: int = START_AFTER) -> None:
        at = self.start_of(node, KEEPALIVED, after)
        self.in_flight += 1
        self._state.queue.push(at, Kind.other, node, self._start, node)

    def start_of(self, node: str, service: str, after: int) -> int:
        """When a service that is started now runs."""
        known = (t for t in self.starts.get((node, service), ()) if t > self._state.now)
        return next(known, self._state.now + after)

    def fail(self, one: Instance) -> None:
        """Something that it tracks failed, and weighs nothing."""
        one.down(self._state.now, "told")
        self.arm(one)

    def _thaw(self, node: str) -> None:
        """What waited in the socket is read before the overdue timer is served.

        epoll reports both; the timer's own handler is queued behind, and by then the socket's thread is ready to read
        (thread_fetch_next_queue()). `choose` may ask the other way round: an epoll that reports the timer alone.
        """
        if self.stopped[node]:
            return
        now = self._state.now
        for one in self.on(node):
            one.overdue(now)
            number = one.number
            waiting, self._inbox[number] = self._inbox[number], []
            bursts = [item for item in waiting if isinstance(item, Burst)]
            arrived = [item for item in waiting if not isinstance(item, Burst)]
            timers_first = bool(arrived and (one.due_ns <= now or bursts)) and self._state.choose(2, "thaw") == 1
            if timers_first:
                self._serve(one, bursts)
                if one.due_ns <= now:
                    one.timer(now)
            self._serve(one, arrived)
            if not timers_first:
                self._serve(one, bursts)
            self._queued[number] = NEVER
            self.arm(one)
        self.watchers.thawed(node)

    def _serve(self, one: Instance, waiting: list[Burst] | list[Packet | Tidings]) -> None:
        for item in waiting:
            if isinstance(item, Burst):
                self._send_burst(one, item)
            elif one.state == "STOP":
                continue
            elif isinstance(item, Packet):
                one.hear(self._state.now, item)
            else:
                item(one)

    def _start(self, node: str) -> None:
        self.in_flight -= 1
        new = [one for one in self.on(node) if one.state == "STOP"]
        for one in new:
            if one.has_vips:  # left by a process that was killed: keepalived removes them at its start
                one.has_vips = False
                self.hold(one, present=False)
            self._queued[one.number] = NEVER
            self._tracking.look_around(one)
        for group in {id(one.group): one.group for one in new if one.group}.values():
            group.start()
        for one in new:
            one.start(self._state.now)
            self._arm(one)
        if new:
            self.watchers.started(node, self._state.now)

    # -- which

    def on(self, node: str) -> Iterator[Instance]:
        return (one for one in self.instances if one.node == node)

    def own(self, one: Instance) -> set[str]:
        """The ports of its adverts and its VIPs."""
        return {one.port, *(self.vip_port(one, vip) for vip in self.vips(one))}

    def _hearing(self, one: Instance) -> Iterator[int]:
        """The other instances of its router that an advert of it reaches."""
        layer2, ports = self._state.layer2, self._ports
        receivers = layer2.multicast(one.port).receivers
        for number, other in enumerate(self.instances):
            if other is one or other.router != one.router:
                continue
            if not one.vrrp.unicast_peers:
                if other.port in receivers:
                    yield number
            elif ports[other.port].address in one.vrrp.unicast_peers and self._by_unicast(one.port, other.port):
                yield number

    def _by_unicast(self, port: str, other: str) -> bool:
        layer2 = self._state.layer2
        open_ = layer2.carries_adverts(port, "ingress", multicast=False)
        open_ = open_ and layer2.carries_adverts(other, "egress", multicast=False)
        return open_ and layer2.reached(port, layer2.mac_of[other]) == other

    def _each(self) -> Iterator[tuple[Where, Settings]]:
        """Raises `UsageError` if the keepalived.conf of a router's node has no instance of it."""
        topology = self._state.topology
        for router in self._routers.values():
            for node in router.nodes:
                by_vrrp = {settings.vrrp: settings for settings in self._settings.get(node, ())}
                vrrp = instance_of(topology, router, node, by_vrrp)
                port = heartbeat_of(topology, router, node, vrrp)
                ip = int(IPv4Address(self._ports[port].address))
                yield Where(node, router.name, port, ip), by_vrrp[vrrp]
