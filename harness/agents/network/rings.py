"""The switches of REP rings, run on the hand's loop: carrier and hellos in, port states, flushes and frames out.

The machine of each switch is `harness.model.rep`. The hand runs it, because the hand alone knows which ops are in
force: a frame of REP passes nftables unseen, and must be lost like any other frame when its link is silent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from random import random
from typing import Final

from harness.agents.loop import Loop, now
from harness.agents.network.ring_rules import RingRules
from harness.agents.network.ring_wire import RingWire
from harness.agents.network.rtnetlink import LINKS, Link, Netlink
from harness.agents.network.storm_guard import StormGuard
from harness.agents.network.wiring import BLOCKED, FORWARDING_STATE, Wiring
from harness.agents.timer import Timer
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, RepTurned
from harness.model.ops import AnyOp, Drop, Lose
from harness.model.rep import Deed, Flush, RepSwitch, Say, Turn
from harness.model.rep_messages import RepMessage
from harness.model.ring import Ring
from harness.model.topology import Topology
from harness.model.units import ms

LATE_NS: Final = 20 * ms


class Rings:
    """Make it before the wiring is built, so that no frame circles meanwhile; `start` afterwards."""

    def __init__(self, loop: Loop, topology: Topology, wiring: Wiring) -> None:
        self._loop = loop
        self._topology = topology
        self._wiring = wiring
        self._rules = RingRules(topology.storm_limit)
        self._peers = dict(_peers(topology))
        self._signal = dict.fromkeys(self._peers, False)
        self._forced: set[str] = set()
        self._keeping: set[str] = set()
        self.kept: Counter[str] = Counter()  # switch → how many times it should have forgotten, and did not
        self.overruled: Counter[str] = Counter()  # port → how many times it forwarded although its role was another
        self._timer: Timer | None = None
        for port in self._peers:
            self._rules.hold(port)

    def start(self, emit: Callable[[AnyEvent], None], in_force: Callable[[], Iterable[AnyOp]]) -> None:
        """Every link counts as well, and each ring has its alternate. `in_force`: the ops that are held now."""
        self._emit, self._in_force = emit, in_force
        self._switches = {(ring.name, each.name): each for ring, each in _machines(self._topology, now())}
        self._at = {port: each for each in self._switches.values() for port in each.ports}
        self.guard = StormGuard(self._loop, self._topology, self._rules, emit, self._shut)
        self._wire = RingWire(self._loop, self._peers, self._heard)
        self._links = Netlink(LINKS)
        self._links.dump()
        self._loop.watch(self._links.fileno(), lambda _: self._read_links())
        self._tick()

    def baseline(self) -> Iterator[AnyEvent]:
        """The role of each port, as it is now, and which ones the guard has shut."""
        for port, switch in self._at.items():
            yield RepTurned(now(), switch.ring.name, switch.name, port, switch.role(port), "as it is")
        yield from self.guard.baseline()

    def expect(self, switch: str) -> None:
        """Raises `AgentError` for a switch that is in no ring."""
        if not any(name == switch for _, name in self._switches):
            raise AgentError(f"{switch} is in no ring: REP is not running there.")

    def expect_port(self, port: str) -> None:
        if port not in self._peers:
            raise AgentError(f"{port} is in no ring: REP is not running there.")

    def force(self, port: str, *, forced: bool) -> None:
        """It forwards whatever its role is. To end what is not in force is no error."""
        (self._forced.add if forced else self._forced.discard)(port)
        self.overruled[port] += forced and self._at[port].role(port) != "open"
        self._set(port)

    def keep(self, switch: str, *, keeping: bool) -> None:
        """A switch keeps its forwarding table when a ring changes."""
        (self._keeping.add if keeping else self._keeping.discard)(switch)

    def late(self, switch: str, delay_ns: int) -> None:
        """An alternate of this switch waits so long before it opens; 0: as ever."""
        for (_, name), machine in self._switches.items():
            if name == switch:
                machine.late_ns = delay_ns

    def deferred(self, switch: str) -> int:
        """How many times alternates of this switch would have opened, had they not been late."""
        return sum(machine.deferred for (_, name), machine in self._switches.items() if name == switch)

    def open_ports(self, switch: str) -> None:
        """An operator opens what the guard has shut there: REP hears of the carrier, and says when it forwards."""
        for port in self.guard.open(switch):
            self._set(port)
            for end in self._ends(port):
                if self._signal[end] and not self._is_dark(end):
                    self._do(self._at[end], self._at[end].has_signal(end, now()))
        self._set_timer()

    def _tick(self) -> None:
        if self._timer:
            self._excuse(now() - self._timer.t)
        self._timer = None
        for machine in self._switches.values():
            self._do(machine, machine.tick(now()))
            for port in machine.ports:
                if machine.role(port) != "open" and self._signal[port]:
                    self._set(port)
        self._set_timer()

    def _excuse(self, late_ns: int) -> None:
        """All switches run here: if this process got no CPU time, no hello was sent, and no link has failed by that."""
        if late_ns > LATE_NS:
            for machine in self._switches.values():
                machine.stalled(late_ns)

    def _set_timer(self) -> None:
        if not self._switches:
            return
        due = min(machine.due_ns() for machine in self._switches.values())
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.at(due, self._tick)

    def _heard(self, port: str, message: RepMessage) -> None:
        if not self._lost(port):
            machine = self._at[port]
            self._do(machine, machine.hears(port, message, now()))
            self._set_timer()

    def _lost(self, port: str) -> bool:
        """Would a frame that came in here have been dropped, at this end of the trunk or at the other?"""
        if self._is_dark(port):
            return True
        places = {(port, "ingress"), (self._peers[port], "egress")}
        there = [op for op in self._in_force() if isinstance(op, Drop | Lose) and (op.port, op.side) in places]
        return any(isinstance(op, Drop) or random() * 100 < op.percent for op in there)  # noqa: S311

    def _read_links(self) -> None:
        for messages in self._links.read():
            for message in messages:
                if isinstance(message, Link) and message.name in self._signal:
                    self._carrier(message.name, signal=message.up and message.carrier)

    def _carrier(self, port: str, *, signal: bool) -> None:
        """The kernel lets a port forward as soon as it has carrier: until its state is set, nftables lets nothing pass.

        A device may have carrier a moment before the kernel accepts a state: another message follows then.
        """
        if self._signal[port] == signal or (signal and not self._set(port)):
            return
        self._signal[port], machine = signal, self._at[port]
        if not signal:
            self._rules.hold(self._wiring.device(port))
        if signal and self._is_dark(port):  # for REP there is none until an operator opens what the guard has shut
            return
        self._do(machine, (machine.has_signal if signal else machine.lost_signal)(port, now()))
        self._set_timer()

    def _do(self, machine: RepSwitch, deeds: Iterable[Deed]) -> None:
        for deed in deeds:
            match deed:
                case Say(port, message):
                    self._wire.send(port, message)
                case Turn(port, role, why):
                    self._set(port)
                    self.overruled[port] += port in self._forced and role != "open"
                    self._emit(RepTurned(now(), machine.ring.name, machine.name, port, role, why))
                case Flush():
                    if machine.name in self._keeping:
                        self.kept[machine.name] += 1
                    else:
                        self._wiring.flush_fdb(machine.name)

    def _shut(self, port: str) -> None:
        """By the guard: for REP a loss of signal at both ends, as a switch that disables a port sends no light."""
        if self._wiring.is_wired(port):
            self._wiring.set_port_state(port, BLOCKED)
        for end in self._ends(port):
            self._do(self._at[end], self._at[end].lost_signal(end, now()))
        self._set_timer()

    def _ends(self, port: str) -> tuple[str, ...]:
        """Of a trunk in a ring: this port and its other end. None of a node's cable."""
        return (port, self._peers[port]) if port in self._peers else ()

    def _is_dark(self, port: str) -> bool:
        """Has the guard shut it, or its other end?"""
        return not self.guard.shut.isdisjoint(self._ends(port))

    def _set(self, port: str) -> bool:
        """Blocked if the guard or REP says so, by nftables and as the bridge's port state. False: no carrier.

        Both: a kernel may change a port's state by itself, as it does when a carrier returns.
        """
        machine = self._at.get(port)
        opened = port in self._forced or machine is None or machine.role(port) == "open"
        opened = opened and port not in self.guard.shut
        if not opened:
            self._rules.hold(self._wiring.device(port))
        state = FORWARDING_STATE if opened else BLOCKED
        accepted = self._wiring.is_wired(port) and self._wiring.set_port_state(port, state)
        if opened and accepted:
            self._rules.let_go(self._wiring.device(port))
        return accepted


def _peers(topology: Topology) -> Iterator[tuple[str, str]]:
    """Each end of a trunk in a ring → its other end."""
    for ring in topology.rings.values():
        for name in ring.trunks:
            trunk = topology.trunks[name]
            yield from ((trunk.end_a, trunk.end_b), (trunk.end_b, trunk.end_a))


def _machines(topology: Topology, t: int) -> Iterator[tuple[Ring, RepSwitch]]:
    """One for each switch of each ring. The alternate has the greatest key: it stays blocked among healthy ports."""
    for ring in topology.rings.values():
        ends = [port for port, of in topology.ring_ports.items() if of == ring]
        keys = {port: number for number, port in enumerate(ends)} | {ring.alternate: len(ends)}
        for switch in dict.fromkeys(map(topology.switch_of, ends)):
            own = {port: key for port, key in keys.items() if topology.switch_of(port) == switch}
            yield ring, RepSwitch(switch, ring, own, t)
