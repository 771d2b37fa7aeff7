"""How the network agent does and undoes its ops on ARP (`harness.model.ops.neighbours`)."""

from functools import partial
from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.network import arp
from harness.agents.network.netlink import ARP_ANNOUNCE, arp_timeout, ipv4_settings
from harness.agents.network.wiring import Wiring
from harness.model.errors import AgentError
from harness.model.ops import Announce, ArpAnnounce, ArpTimeout, FlushNeighbours, NeighbourOp, PinNeighbour
from harness.model.topology import Topology
from harness.model.units import ms


class NeighbourExecutor:
    def __init__(self, topology: Topology, wiring: Wiring) -> None:
        self._topology = topology
        self._wiring = wiring

    def prepare(self, op: NeighbourOp) -> Ready:
        """Raises `AgentError` for a node that is not wired, or an entry that cannot be pinned."""
        match op:
            case PinNeighbour():
                return self._pin(op, self._entry(op).mac)
            case FlushNeighbours() | ArpTimeout() | ArpAnnounce():
                self._wiring.cabled(op.node)
                return Ready(partial(self._wiring.translated, partial(self._on_node, op)))
            case Announce():
                router = self._topology.virtual_router(op.virtual_router)
                return Ready(partial(self._wiring.translated, partial(arp.announce, router, self._wiring.nodes)))
            case _:
                assert_never(op)

    def restore(self, op: PinNeighbour, before: str) -> None:
        """`before`: the MAC address that was pinned."""
        self._pin(op, before).undo()

    def _on_node(self, op: FlushNeighbours | ArpTimeout | ArpAnnounce) -> None:
        match op:
            case FlushNeighbours():
                arp.flush(self._wiring.cabled(op.node), self._topology.node(op.node), op.ip)
            case ArpTimeout(timeout_ns=timeout_ns):
                self._wiring.set_on(op.node, "ARP timeout", lambda index: arp_timeout(index, timeout_ns // ms))
            case ArpAnnounce(level=level):
                self._wiring.set_on(op.node, "arp_announce", lambda index: ipv4_settings(index, {ARP_ANNOUNCE: level}))
            case _:
                assert_never(op)

    def _pin(self, op: PinNeighbour, mac: str) -> Ready:
        """`mac`: the entry's MAC address when the op was prepared. It is pinned only if it is still the same."""

        def apply() -> None:
            entry = self._entry(op)
            if entry.mac != mac:
                raise AgentError(
                    f"{op.node}'s entry for {op.ip} changed from {mac} to {entry.mac} since the op was prepared."
                )
            arp.pin(self._wiring.cabled(op.node), entry)

        def undo() -> None:
            if (
                op.node in self._wiring.nodes
            ):  # else its entries ended with the node, or with the cables of an earlier hand
                arp.unpin(self._wiring.cabled(op.node), op.ip, mac)

        return Ready(apply, undo, mac)

    def _entry(self, op: PinNeighbour) -> arp.Entry:
        return arp.learnt(self._wiring.cabled(op.node), self._topology.node(op.node), op.ip)
