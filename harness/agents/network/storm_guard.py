"""Tells which ports the kernel has shut because too many broadcast and multicast frames came in (`ring_rules`)."""

from collections.abc import Callable, Iterator
from typing import Final

from harness.agents.loop import Loop, now
from harness.agents.network.ring_rules import RingRules
from harness.model.events import AnyEvent, PortShut
from harness.model.topology import Topology
from harness.model.units import ms

LOOK_NS: Final = 100 * ms
"""The kernel shuts a port at once, without a word to any process: so late an event may be."""


class StormGuard:
    """`shut`: the ports that are shut now. `act` is called with each new one."""

    def __init__(
        self,
        loop: Loop,
        topology: Topology,
        rules: RingRules,
        emit: Callable[[AnyEvent], None],
        act: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._topology = topology
        self._rules = rules
        self._emit = emit
        self._act = act
        self._names = topology.taps
        self._devices = {name: device for device, name in self._names.items()}
        self.shut: set[str] = set()
        if topology.storm_limit:
            self._look()

    def open(self, switch: str) -> list[str]:
        """Opens each port of the switch that is shut, also since the last look, and names it."""
        self.shut |= self._shut_now()
        opened = [port for port in self.shut if self._topology.switch_of(port) == switch]
        for port in opened:
            self._rules.open(self._devices[port])
            self.shut.discard(port)
        return opened

    def baseline(self) -> Iterator[PortShut]:
        """Each port that is shut now."""
        for port in sorted(self.shut):
            yield PortShut(now(), port, self._topology.storm_limit)

    def _shut_now(self) -> set[str]:
        return {self._names[device] for device in self._rules.shut()}

    def _look(self) -> None:
        """Acts again on ports that are shut already: a node that has started again has a new device there."""
        for port in self.shut:
            self._act(port)
        for port in sorted(self._shut_now() - self.shut):
            self.shut.add(port)
            self._act(port)
            self._emit(PortShut(now(), port, self._topology.storm_limit))
        self._loop.at(now() + LOOK_NS, self._look)
