"""The nodes that run keepalived: their instances, and what waits for a process that stands still. Times in ns."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from harness.simulation.actions import Burst, Packet, Repeat
from harness.simulation.caches import Caches
from harness.simulation.ears import Ears
from harness.simulation.group import Group
from harness.simulation.instance import Instance
from harness.simulation.netlink import Netlink
from harness.simulation.places import Places
from harness.simulation.processes import Processes
from harness.simulation.queue import Kind
from harness.simulation.role import Role
from harness.simulation.settings import Settings
from harness.simulation.state import WIRE, Arp, State
from harness.simulation.timers import NEVER
from harness.simulation.tracking import Tracking


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

Waited = Packet | Burst | Tidings
"""What may come while a keepalived stands still."""

Late = Callable[[Instance, int], int]
"""(instance, when its timer is due) → by how much it is late."""


def on_time(_one: Instance, _due: int) -> int:
    return 0


class Nodes:
    """`transitions`, `announced`: what the instances did, in order. `places`: where they are."""

    def __init__(self, state: State, caches: Caches, settings: Mapping[str, tuple[Settings, ...]]) -> None:
        self._state, self._caches = state, caches
        self.places = Places(state.topology, settings)
        self.ears = Ears(state.layer2, self.places.ports)
        self._tracking = Tracking(state, self)
        self.watchers = self._tracking.watchers
        self.processes = Processes(state, self, self._tracking)
        self._stopped = self.processes.stopped
        self.netlink = Netlink(state, self, self._tracking)
        self.late: Late = on_time
        self.reset()
        state.macs.update(((one.node, vip.address), vip.mac) for one in self.instances for vip in self.places.held(one))

    def reset(self) -> None:
        self.instances = tuple(self._all())
        for number, one in enumerate(self.instances):
            one.number = number
        self._queued = [NEVER] * len(self.instances)
        self._inbox: list[list[Waited]] = [[] for _ in self.instances]
        self.ears.begin(self.instances)
        self.processes.reset()
        self.netlink.reset()
        self.packets = 0  # on their way
        self.quiet = False  # has the last of them just arrived, or was one sent that no instance hears?
        self.watchers.reset(self.instances)
        self.transitions: list[Transition] = []
        self.announced: list[Announced] = []

    def _all(self) -> Iterator[Instance]:
        groups: dict[tuple[str, str], Group] = {}
        for where, settings in self.places.made:
            name = settings.vrrp.sync_group
            group = groups.setdefault((where.node, name), Group()) if name else None
            yield Instance(where, settings, self, group)

    def of(self, router: str) -> list[Instance]:
        return [one for one in self.instances if one.router == router]

    def changed(self) -> None:
        """An op came or went: who hears whom is looked up anew."""
        self.ears.changed()

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

    def arm_anew(self, one: Instance) -> None:
        """Whatever was planned for it before."""
        self._queued[one.number] = NEVER
        self.arm(one)

    def disarm(self, *instances: Instance) -> None:
        for one in instances:
            self._queued[one.number] = NEVER

    def _timer(self, one: Instance, due: int) -> None:
        number = one.number
        if due != self._queued[number]:
            return
        self._queued[number] = NEVER
        if one.due_ns > due:
            self.arm(one)
        elif not self._stopped.get(one.node):
            one.timer(self._state.queue.now)
            self.arm(one)

    def _hear(self, one: Instance, packet: Packet) -> None:
        self.packets -= 1
        self.quiet = not self.packets
        if one.state == "STOP":
            return
        if self._stopped.get(one.node):
            self._inbox[one.number].append(packet)
            return
        one.hear(self._state.queue.now, packet)
        self.arm(one)

    def _send_burst(self, one: Role, burst: Burst) -> None:
        if burst.life != one.life:
            return
        if self._stopped.get(one.node):
            self._inbox[one.number].append(burst)
            return
        if one.has_vips:
            self.announce(one, burst.repeat)
        if burst.what == "refresh":
            self._plan(one, one.vrrp.garp_master_refresh_ns, burst)

    def _plan(self, one: Role, after: int, burst: Burst) -> None:
        number = one.number
        self._state.queue.push(self._state.now + after, Kind.burst, number, self._send_burst, one, burst)

    # -- what instances ask for (`actions.Actions`)

    def advertise(self, one: Role, priority: int) -> None:
        state, layer2 = self._state, self._state.layer2
        if not layer2.clean or state.told:
            flood, mac = layer2.multicast(one.port), self.places.sender_mac(one)
            if not one.vrrp.unicast_peers:
                state.learn(mac, flood)
            if state.told:
                state.told.advert(state.now, one, flood, mac, priority)
        ears = self.ears.of(one)
        self.quiet = not ears
        for ear in ears:
            self.send(one, self.instances[ear], priority, state.queue.now + WIRE)

    def send(self, one: Role, to: Instance, priority: int, arrives: int) -> None:
        packet = Packet(priority, one.ip, one.vrrp.advert_int_ns)
        self.packets += 1
        self._state.queue.push(arrives, Kind.vrrp, to.number, self._hear, to, packet)

    def hold(self, one: Role, *, present: bool) -> None:
        state = self._state
        for vip in self.places.held(one):
            key = (one.node, vip.address)
            if present:
                state.holds[key] = vip.port
            else:
                state.holds.pop(key, None)
            if state.told:
                state.told.address(state.now, *key, present=present)
        state.dirty = True

    def announce(self, one: Role, repeat: int) -> None:
        """A burst is one event here: it takes less than a millisecond."""
        self.announced.append(Announced(self._state.now, one.node, one.router, repeat))
        for vip in self.places.held(one):
            self._caches.arp(vip.port, Arp(vip.mac, vip.address, vip.address), repeat)

    def later(self, one: Role, after_ns: int, what: Repeat, repeat: int) -> None:
        self._plan(one, after_ns, Burst(what, repeat, one.life))

    def says(self, one: Role, state: str) -> None:
        self.transitions.append(Transition(self._state.now, one.node, one.router, state))
        if self._state.told:
            self._state.told.says(self._state.now, one, state)

    # -- what happens to nodes

    def tell(self, one: Instance, at: int, what: Tidings) -> None:
        """At that instant keepalived learns something; later, if it stands still then."""
        self._state.queue.push(at, Kind.other, one.number, self._learn, one, what)

    def _learn(self, one: Instance, what: Tidings) -> None:
        if self._stopped.get(one.node):
            self._inbox[one.number].append(what)
        elif one.state != "STOP":
            what(one)
            self.arm(one)

    def fail(self, one: Instance) -> None:
        """Something that it tracks failed, and weighs nothing."""
        one.down(self._state.now, "told")
        self.arm(one)

    def waited(self, one: Instance) -> list[Waited]:
        """What came while its keepalived stood still, in order."""
        waiting, self._inbox[one.number] = self._inbox[one.number], []
        return waiting

    def serve(self, one: Instance, item: Waited) -> None:
        """Something that waited."""
        if isinstance(item, Burst):
            self._send_burst(one, item)
        elif one.state == "STOP":
            return
        elif isinstance(item, Packet):
            one.hear(self._state.now, item)
        else:
            item(one)

    # -- which

    def on(self, node: str) -> Iterator[Instance]:
        return (one for one in self.instances if one.node == node)
