"""Gratuitous ARP is sent and does not arrive: storm control, an overloaded switch, a device that is restarting."""

from collections.abc import Iterable
from typing import ClassVar

from harness.faults.fault import Direction, Fault, held, one_of, positive
from harness.model.errors import BadValue
from harness.model.ops import DropGarp, LimitGarp, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration
from harness.model.virtual_router import RouterVip


class GarpLost(Fault, frozen=True):
    """`target`: a cache (a node on the VIP's segment) that does not get it, or a trunk, with `direction` along it.

    `virtual_router`: whose VIPs are announced; without it the one that customers ask. `vip`: this one alone.
    Everything else arrives, and a cache that asks is answered. `passing`: so many announcements of each VIP a second
    arrive all the same (a policer); without it none does.
    """

    example: ClassVar[str] = "gw-2"
    signs: ClassVar[Signs] = Signs(
        caches="the target's entry leads to the former owner until it times out, or asks",
        keepalived="nothing: it has sent its gratuitous ARP",
        customers="after a takeover those behind the target time out, all others are served",
    )

    target: str
    virtual_router: str | None = None
    vip: str | None = None
    direction: Direction = "both"
    passing: int | None = None
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        router = topology.virtual_router(self.virtual_router)
        vips = (router.vip(self.vip),) if self.vip else router.owned
        ops = [self._op(port, vip.address) for vip in vips for port in self._ports(topology, vip)]
        if not ops:
            segments = " or ".join(dict.fromkeys(vip.segment for vip in vips))
            raise BadValue(
                "target", self.target, f"a trunk or a node on the segment {segments}, of the VIPs of {router.name}"
            )
        return plan(ops, positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        way = "" if self.direction == "both" else f" {self.direction}"
        whose = " ".join(filter(None, (self.virtual_router, self.vip)))
        beyond = "" if self.passing is None else f" beyond {self.passing} a second"
        what = f"gratuitous ARP{f' of {whose}' if whose else ''}{beyond}"
        return f"{what} lost at {self.target}{way} {held(self.duration)}"

    def _op(self, port: str, ip: str) -> DropGarp | LimitGarp:
        if self.passing is None:
            return DropGarp(port, "egress", ip)
        if not 1 <= self.passing <= 1_000:
            raise BadValue("passing", self.passing, "a whole number from 1 to 1,000, or none to let none pass")
        return LimitGarp(port, "egress", ip, self.passing)

    def _ports(self, topology: Topology, vip: RouterVip) -> Iterable[str]:
        """The ports at which it would leave the switch: a frame that is seen to leave there has passed."""
        if self.target in topology.trunks:
            trunk = topology.trunks[self.target]
            ways = {"a-to-b": trunk.end_a, "b-to-a": trunk.end_b}
            one_of(self.direction, (*ways, "both"), self.target)
            ends = [end for way, end in ways.items() if self.direction in (way, "both")]
            return [end for end in ends if topology.segment_of(end) == vip.segment]
        one_of(self.direction, ("in", "both"), self.target)
        return [port.name for port in topology.node(self.target).ports if port.segment == vip.segment]
