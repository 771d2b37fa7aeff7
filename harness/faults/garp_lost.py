"""Gratuitous ARP is sent and does not arrive: storm control, an overloaded switch, a device that is restarting."""

from collections.abc import Iterable
from typing import ClassVar

from harness.faults.fault import Direction, Fault, held, one_of, positive
from harness.model.ops import DropGarp, Plan, plan
from harness.model.topology import Pair, Topology
from harness.model.units import Duration


class GarpLost(Fault, frozen=True):
    """`target`: a cache (a node on the pair's segment), which is not told, or a trunk, with `direction` along it.

    `pair`: whose VIP is announced. Everything else arrives, and a cache that asks is answered.
    """

    example: ClassVar[str] = "gw-2"

    target: str
    pair: str = "external"
    direction: Direction = "both"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        pair = topology.pair(self.pair)
        ports = self._ports(topology, pair)
        return plan((DropGarp(port, "egress", pair.vip) for port in ports), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        way = "" if self.direction == "both" else f" {self.direction}"
        return f"gratuitous ARP of {self.pair} lost at {self.target}{way} {held(self.duration)}"

    def _ports(self, topology: Topology, pair: Pair) -> Iterable[str]:
        """Where it would leave the switch: what a port is seen to send out has then passed."""
        if self.target in topology.trunks:
            trunk = topology.trunks[self.target]
            ways = {"a-to-b": trunk.end_a, "b-to-a": trunk.end_b}
            one_of(self.direction, (*ways, "both"), self.target)
            return [end for way, end in ways.items() if self.direction in (way, "both")]
        one_of(self.direction, ("in", "both"), self.target)
        return [topology.node(self.target).port(pair.segment).name]
