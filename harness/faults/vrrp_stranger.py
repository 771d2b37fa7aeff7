"""A stranger on the segment speaks VRRP with the pair's VRID: a pair of another team, a device with its default."""

import ipaddress
from typing import ClassVar, Literal

from harness.faults.fault import Fault, held, positive
from harness.model.errors import BadValue
from harness.model.ops import Plan, SpeakVrrp, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, ms, s
from harness.model.virtual_router import VirtualRouter

Version = Literal["2", "3"]


class VrrpStranger(Fault, frozen=True):
    """`target`: a node on the virtual router's segment that is none of it. It sends one each `interval`.

    `virtual_router`: without it the one that customers ask. `vip`: what the adverts name; without it an address that no
    node has.
    """

    example: ClassVar[str] = "customer-3"
    signs: ClassVar[Signs] = Signs(
        caches="nothing, as long as the pair keeps its VIP",
        keepalived=(
            "adverts of another version are discarded, with a line in the log; those of a higher priority make the "
            "master give the VIP up, also if they name another VIP (2.3 warns of that)"
        ),
        customers="nothing, or an outage without end: no node has the VIP",
    )

    target: str
    virtual_router: str | None = None
    priority: int = 200
    vip: str | None = None
    version: Version = "3"
    interval: Duration = 1 * s
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for a node of the router, one that is not on its segment, or an impossible advert."""
        router, node = topology.virtual_router(self.virtual_router), topology.node(self.target)
        if node.name in router.nodes or router.segment not in (port.segment for port in node.ports):
            raise BadValue("target", self.target, f"a node on the segment {router.segment} outside {router.name}")
        if not 1 <= self.priority <= 255:
            raise BadValue("priority", self.priority, "a whole number from 1 to 255")
        if not 10 * ms <= self.interval <= 40 * s:  # an advert of version 3 has 12 bits for it
            raise BadValue("interval", format_duration(self.interval), "from 10 ms to 40 s")
        vip = _address(self.vip) if self.vip else _unused(topology, router)
        version: Literal[2, 3] = 2 if self.version == "2" else 3
        speech = SpeakVrrp(node.name, router.segment, router.vrid, self.priority, vip, version, self.interval)
        return plan([speech], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        whose = f" of {self.virtual_router}" if self.virtual_router else ""
        return f"adverts{whose} with priority {self.priority} from {self.target} {held(self.duration)}"


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise BadValue("vip", text, "an IPv4 address") from None


def _unused(topology: Topology, router: VirtualRouter) -> str:
    """The last address of the router's segment that no node and no virtual router has."""
    used = {port.address for node in topology.nodes.values() for port in node.ports}
    used |= {vip.address for vip in topology.vips}
    hosts = reversed([*ipaddress.IPv4Network(topology.segments[router.segment]).hosts()])
    return next(str(host) for host in hosts if str(host) not in used)
