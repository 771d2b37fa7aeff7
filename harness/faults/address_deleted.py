"""An address is deleted: a network manager that does not know the VIP, `ip address flush`, a lease that ran out."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive
from harness.model.errors import BadValue
from harness.model.ops import AddressGone, AddressKeptAway, DeleteAddress, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, ms


class AddressDeleted(Fault, frozen=True):
    """`target`: a node. `address`: one of its own, which is back afterwards; or a VIP, which keepalived may add again.

    Without `address`: the first VIP that customers ask. A VIP is deleted once; with a `duration` it is looked for
    each `every`, and deleted again.
    """

    example: ClassVar[str] = "lb-ext-1"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay; a node that asks for the VIP gets no answer until an owner has it again",
        keepalived=(
            "2.3 notices: it sends an advert with priority 0 and is BACKUP for its skew, then the preferred node is "
            "MASTER again; an own address that is gone is FAULT for instances that send from it"
        ),
        customers="connection refused or timed out while no node has the address",
    )

    target: str
    address: str | None = None
    every: Duration = 500 * ms
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        node = topology.node(self.target)
        address = self.address or topology.virtual_router().first.address
        own = [port.address for port in node.ports]
        if address in own:
            return plan([AddressGone(node.name, address)], positive(self.duration))
        vips = [vip.address for vip in topology.vips if node.name in vip.nodes]
        if address not in vips:
            raise BadValue("address", address, f"an address that {node.name} may have: {', '.join([*own, *vips])}")
        if self.duration is None:
            return plan([DeleteAddress(node.name, address)])
        if self.every < 10 * ms:
            raise BadValue("every", format_duration(self.every), "10 ms or more")
        return plan([AddressKeptAway(node.name, address, self.every)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.address or 'VIP'} deleted from {self.target}{f' {held(self.duration)}' if self.duration else ''}"
