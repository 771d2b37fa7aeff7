"""One switch of a REP ring, as a machine: what it hears and the time in, what its ports do and say out. Pure.

Cisco's Resilient Ethernet Protocol, by its observable behaviour. Each switch has two ports in the ring.

- One healthy port of the ring is blocked: the *alternate*. Every other one is *open*.
- A port has *failed* when its signal is lost, when no hello came for the age timer, or when its neighbour hears none.
  It is blocked, says so around the ring, and every switch forgets what it has learnt.
- An alternate opens when it hears of a port that is blocked for a better reason: one that has failed, or an alternate
  with a greater key. So the best blocked port stays blocked, and the ring always has one.
- A port whose link is well again is an alternate. Nothing reverts by itself: the earlier alternate stays open.

Why there is no loop while messages are under way: a port that was failed a moment ago may have told an alternate to
open. So a new alternate ignores better reasons for `SETTLE_NS`, longer than a message and its answer are under way.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Final, Literal, NamedTuple

from harness.model.rep_messages import ALTERNATE, FAILED, RepBlocked, RepChanged, RepHello, RepMessage
from harness.model.ring import Ring
from harness.model.units import ms

SETTLE_NS: Final = 200 * ms
"""A message crosses a ring of the lab within 2 ms; on a machine of two busy cores within 50 ms."""
BEACON_NS: Final = 50 * ms
"""A failed port says again that it is blocked: its first notice may have been lost with the link."""

Role = Literal["open", "alternate", "failed"]


class Say(NamedTuple):
    """`message` leaves the switch by `port`."""

    port: str
    message: RepMessage


class Turn(NamedTuple):
    """A port gets a role, and why. It forwards only as `open`."""

    port: str
    role: Role
    why: str


class Flush(NamedTuple):
    """The switch forgets what it has learnt."""

    why: str


Deed = Say | Turn | Flush


@dataclass
class _Port:
    key: int
    role: Role
    heard_ns: int
    since_ns: int
    told_ns: int  # when it last said that it is blocked
    signal: bool = True
    better_ns: tuple[int, int] | None = None  # since when, without a pause, it has heard of a better one, and the last


@dataclass
class RepSwitch:
    """`ports`: its two in the ring → their keys. It begins as if every link were well and had just been heard.

    `late_ns`: how long an alternate of this switch waits before it opens: a fault, and 0 otherwise.
    """

    name: str
    ring: Ring
    ports: dict[str, int]
    begun_ns: int
    late_ns: int = 0
    deferred: int = 0  # how many times an alternate would have opened but for `late_ns`
    _state: dict[str, _Port] = field(init=False)
    _seen: dict[str, int] = field(default_factory=dict)  # switch → its last notice
    _notices: int = field(init=False)
    _hello_ns: int = field(init=False)

    def __post_init__(self) -> None:
        self._hello_ns = self.begun_ns - self.ring.hello_ns  # the first hello and the first word of a block are due
        self._state = {name: self._at_first(name, key) for name, key in self.ports.items()}
        self._notices = self.begun_ns  # greater than those of an earlier process

    def role(self, port: str) -> Role:
        return self._state[port].role

    def lost_signal(self, port: str, now: int) -> list[Deed]:
        """The carrier of a port is gone."""
        self._state[port].signal = False
        return self._fail(port, now, "loss of signal")

    def has_signal(self, port: str, now: int) -> list[Deed]:
        """It is there again: the port stays failed until hellos come and go."""
        state = self._state[port]
        if state.signal:
            return []
        state.signal, state.heard_ns = True, now - self.ring.age_ns
        return [self._hello(port, now)]

    def hears(self, port: str, message: RepMessage, now: int) -> list[Deed]:
        """What came in by `port`."""
        match message:
            case RepHello():
                return self._hears_hello(port, message, now)
            case RepBlocked():
                return self._hears_blocked(port, message, now)
            case RepChanged():
                return self._hears_change(port, message)

    def tick(self, now: int) -> list[Deed]:
        """What is due by the time alone; to be called at least as often as `due_ns` says."""
        deeds: list[Deed] = []
        for name, state in self._state.items():
            if now - state.heard_ns >= self.ring.age_ns:
                deeds += self._fail(name, now, f"no hello for {self.ring.age_ms} ms")
        if now - self._hello_ns >= self.ring.hello_ns:
            self._hello_ns = now
            deeds += [self._hello(name, now) for name, state in self._state.items() if state.signal]
        for name, state in self._state.items():
            if state.role != "open" and now - state.told_ns >= self._beacon(state):
                deeds += self._tell(name, now)
        return deeds

    def stalled(self, by_ns: int) -> None:
        """This machine did not run for so long, and no other of the ring did: silence meanwhile says nothing."""
        for state in self._state.values():
            state.heard_ns += by_ns

    def due_ns(self) -> int:
        """When `tick` has something to do at the latest."""
        ages = [state.heard_ns + self.ring.age_ns for state in self._state.values() if state.role != "failed"]
        told = [state.told_ns + self._beacon(state) for state in self._state.values() if state.role != "open"]
        return min([self._hello_ns + self.ring.hello_ns, *ages, *told])

    def _at_first(self, name: str, key: int) -> _Port:
        role: Role = "alternate" if name == self.ring.alternate else "open"
        return _Port(key, role, self.begun_ns, self.begun_ns, self._hello_ns)

    def _beacon(self, state: _Port) -> int:
        return BEACON_NS if state.role == "failed" else self.ring.hello_ns

    def _hears_hello(self, port: str, hello: RepHello, now: int) -> list[Deed]:
        state = self._state[port]
        new = now - state.heard_ns >= self.ring.age_ns
        state.heard_ns = now
        if state.role == "failed" and hello.heard:
            answer: list[Deed] = [self._hello(port, now)] if new else []
            return answer + self._block(port, "alternate", "its link is well again", now)
        if state.role != "failed" and not hello.heard:
            return self._fail(port, now, "its neighbour hears no hello")
        return [self._hello(port, now)] if new else []

    def _hears_blocked(self, port: str, told: RepBlocked, now: int) -> list[Deed]:
        if told.switch == self.name:  # it has gone around
            return []
        return [Say(self._other(port), told), *self._learns(told, now)]

    def _learns(self, told: RepBlocked, now: int) -> list[Deed]:
        """Of a blocked port of the ring, another switch's or its own."""
        deeds: list[Deed] = []
        for name, state in self._state.items():
            if state.role == "alternate" and (told.rank, told.key) > (ALTERNATE, state.key):
                deeds += self._may_open(name, told, now)
        return deeds

    def _may_open(self, port: str, told: RepBlocked, now: int) -> list[Deed]:
        """Only at the moment at which it hears of the better one: what it heard before may have changed."""
        state = self._state[port]
        first, last = state.better_ns or (now, now)
        if now - last > 2 * self.ring.hello_ns or first < state.since_ns:
            first = now
        state.better_ns = first, now
        if now - state.since_ns < SETTLE_NS:
            return []
        if now - first < self.late_ns:
            self.deferred += 1
            return []
        state.role, state.since_ns = "open", now
        why = f"{told.port} {'has failed' if told.rank == FAILED else 'is the alternate'}"
        return [Turn(port, "open", why), *self._change(now, f"{port} opens")]

    def _hears_change(self, port: str, notice: RepChanged) -> list[Deed]:
        if notice.switch == self.name or notice.number <= self._seen.get(notice.switch, -inf):
            return []
        self._seen[notice.switch] = notice.number
        return [Flush(f"a notice of {notice.switch}"), Say(self._other(port), notice)]

    def _fail(self, port: str, now: int, why: str) -> list[Deed]:
        if self._state[port].role == "failed":
            return []
        deeds = self._block(port, "failed", why, now)
        return [*deeds, *self._change(now, f"{port} has failed")]

    def _block(self, port: str, role: Role, why: str, now: int) -> list[Deed]:
        state = self._state[port]
        state.role, state.since_ns = role, now
        return [Turn(port, role, why), *self._tell(port, now)]

    def _tell(self, port: str, now: int) -> list[Deed]:
        """That `port` is blocked, both ways around the ring; the other port of this switch learns it, too."""
        state = self._state[port]
        state.told_ns = now
        rank = FAILED if state.role == "failed" else ALTERNATE
        told = RepBlocked(self.ring.name, self.name, port, rank, state.key)
        said: list[Deed] = [Say(name, told) for name, each in self._state.items() if each.signal]
        return said + self._learns(told, now)

    def _change(self, now: int, why: str) -> list[Deed]:
        self._notices = max(self._notices + 1, now)
        notice = RepChanged(self.ring.name, self.name, self._notices)
        return [Flush(why), *(Say(name, notice) for name, state in self._state.items() if state.signal)]

    def _hello(self, port: str, now: int) -> Say:
        return Say(port, RepHello(self.ring.name, now - self._state[port].heard_ns < self.ring.age_ns))

    def _other(self, port: str) -> str:
        return next(name for name in self._state if name != port)
