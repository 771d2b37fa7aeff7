"""What the kernel of a node tells its keepalived: a carrier, an address. Times in ns.

netlink tells in order: never of a return before it has told of the loss. Source: keepalived_netlink.c.
"""

from typing import TYPE_CHECKING, Final

from harness.model.units import ms, us
from harness.simulation.instance import Instance
from harness.simulation.state import State
from harness.simulation.tracking import Tracking

if TYPE_CHECKING:
    from harness.simulation.nodes import Nodes

FAULT_AFTER: Final = 5 * ms  # carrier or address lost → keepalived's FAULT, and the VIPs gone
RECOVER_AFTER: Final = 1_500 * us
NOTICED: Final = 1 * ms  # a VIP deleted → keepalived has read so


class Netlink:
    def __init__(self, state: State, nodes: "Nodes", tracking: Tracking) -> None:
        self._state, self._nodes, self._tracking = state, nodes, tracking
        self._lost: dict[int, int] = {}  # instance → when it is told of the last loss

    def reset(self) -> None:
        self._lost.clear()

    def carrier(self, node: str, port: str, *, up: bool) -> None:
        for one in self._nodes.on(node):
            if port in self._nodes.places.needs(one) or self._tracking.on_cable(one, port):
                self._nodes.tell(one, self._when(one, up=up), lambda one: self._carrier(one, port, up=up))

    def own_address(self, node: str, address: str, *, there: bool) -> None:
        """The address that adverts are sent from: without one an instance is in FAULT."""
        for one in self._nodes.on(node):
            if self._state.topology.ports[one.port].address == address:
                self._nodes.tell(one, self._when(one, up=there), lambda one: self._own_address(one, there=there))

    def vip_gone(self, node: str, address: str) -> None:
        """A VIP is deleted: keepalived gives up what is left of the virtual router."""
        state = self._state
        if state.holds.pop((node, address), None) is None:
            return
        state.dirty = True
        if state.told:
            state.told.address(state.now, node, address, present=False)
        for one in self._nodes.on(node):
            if any(vip.address == address for vip in self._nodes.places.held(one)):
                self._nodes.tell(one, state.now + NOTICED, lambda one: one.lost_vip(state.now))

    def _when(self, one: Instance, *, up: bool) -> int:
        now = self._state.now
        if up:
            return max(now + RECOVER_AFTER, self._lost.get(id(one), 0) + 1)
        self._lost[id(one)] = now + FAULT_AFTER
        return now + FAULT_AFTER

    def _carrier(self, one: Instance, port: str, *, up: bool) -> None:
        if up and self._state.layer2.down[port]:
            return
        if port in self._nodes.places.needs(one):
            turn = one.up if up else one.down
            turn(self._state.now, f"carrier {port}")
        for watch in self._tracking.on_cable(one, port):
            self._tracking.judge(one, watch, failed=not up)

    def _own_address(self, one: Instance, *, there: bool) -> None:
        turn = one.up if there else one.down
        turn(self._state.now, "no address")
