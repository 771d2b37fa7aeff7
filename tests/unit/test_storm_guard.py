"""A port that the storm guard has shut is a failed port for REP, and is opened by an operator alone."""

import os
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest

from harness.agents.loop import Loop
from harness.agents.network import rings
from harness.agents.network.ring_ops import RingExecutor
from harness.agents.network.rtnetlink import Link
from harness.agents.network.wiring import FORWARDING_STATE
from harness.model.events import AnyEvent, PortShut, RepTurned
from harness.model.ops import ForceOpen, IgnoreChanges, OpenLate, RingOp
from harness.model.rep_messages import RepHello, RepMessage
from harness.model.units import ms
from tests.full_network import full

PORT, PEER = "trunk.a", "trunk.b"


class Kernel:
    """In the place of the wiring, the rules, the links and the wire: what is set there, and what comes from there."""

    def __init__(self) -> None:
        self.over: set[str] = set()  # the ports that the kernel has shut
        self.states: dict[str, int] = {}
        self.links: list[Link] = []
        self.said: list[tuple[str, RepMessage]] = []
        self.heard: Any = None
        self._reading, self._writing = os.pipe()

    def wire(self, loop: Loop, peers: object, heard: object) -> "Kernel":
        self.heard = heard
        return self

    def carrier(self, port: str, *, signal: bool) -> None:
        self.links.append(Link(True, 1, port, True, signal))
        os.write(self._writing, b"x")

    def read(self) -> list[list[Link]]:
        os.read(self._reading, 1_000)
        found, self.links = self.links, []
        return [found]

    def fileno(self) -> int:
        return self._reading

    def dump(self) -> None:
        for port in full().ring_ports:
            self.carrier(port, signal=True)

    def send(self, port: str, message: RepMessage) -> None:
        self.said.append((port, message))

    def shut(self) -> set[str]:
        return self.over

    def open(self, port: str) -> None:
        self.over.discard(port)

    def hold(self, port: str) -> None:
        pass

    def let_go(self, port: str) -> None:
        pass

    def is_wired(self, port: str) -> bool:
        return True

    def device(self, port: str) -> str:
        return port

    def set_port_state(self, port: str, state: int) -> bool:
        self.states[port] = state
        return True

    def flush_fdb(self, switch: str) -> None:
        pass

    def close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


class Bench:
    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.loop, self.events = kernel, Loop(), list[AnyEvent]()
        wiring: Any = kernel
        self.rings = rings.Rings(self.loop, full(), wiring)
        self.rings.start(self.events.append, lambda: ())
        self.settle()  # the carriers

    def settle(self) -> None:
        """What is to be read is read, also where timers are due first."""
        for _ in range(20):
            self.loop.turn(1 * ms)

    def guard_shuts(self) -> None:
        self.kernel.over.add(PORT)
        while not any(isinstance(event, PortShut) for event in self.events):
            self.loop.turn(10 * ms)

    def roles(self, port: str = PORT) -> list[tuple[str, str]]:
        return [(event.role, event.why) for event in self.events if isinstance(event, RepTurned) and event.port == port]


@pytest.fixture
def bench() -> Iterator[Bench]:
    kernel = Kernel()
    with patch.multiple(
        rings, RingRules=lambda limit: kernel, RingWire=kernel.wire, Netlink=lambda groups: kernel
    ):  # fmt: skip
        yield Bench(kernel)
    kernel.close()


def test_rep_takes_it_as_a_loss_of_signal(bench: Bench) -> None:
    bench.guard_shuts()
    assert bench.roles() == bench.roles(PEER) == [("failed", "loss of signal")]
    assert PortShut in map(type, bench.rings.baseline())


def test_nothing_of_rep_passes_until_it_is_opened(bench: Bench) -> None:
    bench.guard_shuts()
    bench.kernel.carrier(PORT, signal=False)
    bench.kernel.carrier(PORT, signal=True)
    bench.settle()
    bench.kernel.heard(PORT, RepHello("ring", heard=True))
    bench.kernel.heard(PEER, RepHello("ring", heard=False))
    assert bench.roles() == bench.roles(PEER) == [("failed", "loss of signal")]
    bench.kernel.said.clear()
    bench.rings.open_ports("sw-a")
    assert {(end, RepHello("ring", heard=False)) for end in (PORT, PEER)} <= set(bench.kernel.said)
    bench.kernel.heard(PORT, RepHello("ring", heard=True))
    assert bench.roles()[-1] == ("alternate", "its link is well again")


def test_an_operator_opens_also_what_was_shut_since_the_last_look(bench: Bench) -> None:
    bench.kernel.over.add(PORT)
    bench.rings.open_ports("sw-a")
    assert not bench.kernel.over
    assert bench.kernel.states[PORT] == FORWARDING_STATE


def undone(bench: Bench, op: RingOp, meanwhile: Callable[[], None]) -> int | None:
    """What an op counted that was held meanwhile."""
    ready = RingExecutor(bench.rings).prepare(op)
    ready.apply()
    meanwhile()
    ready.undo()
    return ready.met


def test_ops_count_what_they_change(bench: Bench) -> None:
    def fail() -> None:
        bench.kernel.carrier(PORT, signal=False)
        bench.settle()

    quiet = [undone(bench, op, lambda: None) for op in (ForceOpen(PORT), IgnoreChanges("sw-a"), OpenLate("sw-c", 1))]
    assert quiet == [0, 0, 0]
    assert undone(bench, ForceOpen("trunk-ca.b"), lambda: None) == 1, "it is the alternate"
    assert undone(bench, IgnoreChanges("sw-a"), fail) == 1
