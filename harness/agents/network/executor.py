"""How the network agent does and undoes its ops: passes each op to the file of its subject.

`prepare` builds an op's messages, so that only the sending is left at the deadline.
"""

from collections.abc import Callable
from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.loop import Loop
from harness.agents.network.address_ops import AddressExecutor
from harness.agents.network.advert_ops import AdvertExecutor
from harness.agents.network.adverts import AdvertWait
from harness.agents.network.card_ops import CardExecutor
from harness.agents.network.frame_ops import FrameExecutor
from harness.agents.network.neighbour_ops import NeighbourExecutor
from harness.agents.network.nft import Drops
from harness.agents.network.ring_ops import RingExecutor
from harness.agents.network.rings import Rings
from harness.agents.network.switch_ops import SwitchExecutor
from harness.agents.network.wiring import Wiring
from harness.model.errors import BadValue
from harness.model.ops import (
    AddressOp,
    AdvertOp,
    Alignment,
    AnyOp,
    CardOp,
    FrameOp,
    Held,
    NeighbourOp,
    RingOp,
    ServiceOp,
    SwitchOp,
)
from harness.model.topology import Topology


class NetworkExecutor:
    def __init__(
        self, loop: Loop, topology: Topology, wiring: Wiring, drops: Drops, rings: Rings | None = None
    ) -> None:
        self._loop = loop
        self._topology = topology
        self._wiring = wiring
        self._frames = FrameExecutor(topology, wiring, drops)
        self._addresses = AddressExecutor(loop, topology, wiring)
        self._adverts = AdvertExecutor(loop, topology, wiring)
        self._cards = CardExecutor(topology, wiring)
        self._neighbours = NeighbourExecutor(topology, wiring)
        self._switches = SwitchExecutor(topology, wiring)
        self._rings = RingExecutor(rings)

    def prepare(self, op: AnyOp) -> Ready:
        if isinstance(op, FrameOp):
            return self._frames.prepare(op)
        if isinstance(op, AddressOp):
            return self._addresses.prepare(op)
        if isinstance(op, CardOp):
            return self._cards.prepare(op)
        if isinstance(op, AdvertOp):
            return self._adverts.prepare(op)
        if isinstance(op, NeighbourOp):
            return self._neighbours.prepare(op)
        return self._prepare_at_switch(op)

    def _prepare_at_switch(self, op: SwitchOp | RingOp | ServiceOp) -> Ready:
        if isinstance(op, SwitchOp):
            return self._switches.prepare(op)
        if isinstance(op, RingOp):
            return self._rings.prepare(op)
        raise _foreign(op)

    def restore(self, op: AnyOp, before: str) -> None:
        if isinstance(op, ServiceOp) or not isinstance(op, Held):
            raise BadValue("op", type(op).__name__, "a held op of the network agent")
        if isinstance(op, FrameOp):
            self._frames.restore(op)
        elif isinstance(op, AddressOp):
            self._addresses.restore(op)
        elif isinstance(op, CardOp):
            self._cards.restore(op)
        elif isinstance(op, AdvertOp):
            self._adverts.restore(op)
        elif isinstance(op, NeighbourOp):
            self._neighbours.restore(op, before)
        elif isinstance(op, RingOp):
            self._rings.restore(op)
        elif isinstance(op, SwitchOp):
            self._switches.restore(op)
        else:
            assert_never(op)

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:
        """Listens at the ports of `alignment`. Raises `UsageError` for a port from which no such advert can come."""
        ports = self._topology.senders(alignment.ports, alignment.vrid)
        for port in ports:
            self._wiring.expect(port.name)
        taps = [port.tap for port in ports]
        return AdvertWait(self._loop, taps, alignment.vrid, alignment.skip, start).stop


def _foreign(op: ServiceOp) -> BadValue:
    return BadValue("op", type(op).__name__, "an op of the network agent")
