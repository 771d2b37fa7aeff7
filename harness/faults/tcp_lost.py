"""TCP is lost and everything else arrives: a firewall, a security group, a full table of connections.

The pair sees nothing of it: adverts and ARP pass. iptables on a primary balancer dropped the SYN/ACKs of its servers
(Stack Exchange, 2014-08-25); a full nf_conntrack table drops what opens a connection, and open ones go on.
"""

from typing import ClassVar

from harness.faults.fault import Direction, Fault, crossings, held, positive
from harness.model.ops import DropTcp, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class TcpLost(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk; `direction`: of the node, or along the trunk.

    `opening`: only what asks for a new connection is lost; connections that are open go on.
    """

    signs: ClassVar[Signs] = Signs(
        caches="nothing: ARP passes",
        keepalived="nothing, unless a check asks through that port: adverts pass, and the VIP stays",
        customers=(
            "at the owner's port to them time-outs; at its port to the servers 503, once HAProxy has given them up; "
            "with --opening only new connections"
        ),
    )

    target: str
    direction: Direction = "both"
    opening: bool = False
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        points = crossings(topology, self.target, self.direction)
        return plan((DropTcp(port, side, self.opening) for port, side in points), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        what = "new TCP connections" if self.opening else "TCP"
        return f"{what} lost at {self.target} {self.direction} {held(self.duration)}"
