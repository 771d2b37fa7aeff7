"""Gratuitous ARP arrives and is not accepted: a static entry, ARP inspection, a defect in the device's software."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive
from harness.model.ops import PinNeighbour, Plan, plan
from harness.model.topology import Topology
from harness.model.units import Duration


class ArpIgnored(Fault, frozen=True):
    """`target`: a cache (a node on the pair's segment). What it knows of the pair's VIP stays, whatever it is told."""

    example: ClassVar[str] = "gw-2"

    target: str
    pair: str = "external"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        pair = topology.pair(self.pair)
        cache = topology.node(self.target).port(pair.segment).node
        return plan([PinNeighbour(cache, pair.vip)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"ARP of {self.pair} ignored by {self.target} {held(self.duration)}"
