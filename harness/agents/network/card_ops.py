"""How the network agent does and undoes its ops on cards (`harness.model.ops.cards`)."""

from functools import partial
from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.network.wiring import Wiring
from harness.model.errors import BadValue
from harness.model.node import Port
from harness.model.ops import CARD_MAC, CardGone, CardOp, MacChanged
from harness.model.topology import Topology


class CardExecutor:
    def __init__(self, topology: Topology, wiring: Wiring) -> None:
        self._topology = topology
        self._wiring = wiring

    def prepare(self, op: CardOp) -> Ready:
        """Raises `AgentError` for a port that is not wired, `BadValue` for a trunk or an impossible MAC address."""
        port = self._topology.ports.get(op.port)
        if port is None:
            raise BadValue("port", op.port, "a node's port: a trunk has no card")
        self._wiring.expect(op.port)
        match op:
            case CardGone():
                pull, plug_in = partial(self._wiring.pull, port), partial(self._wiring.plug_in, port)
                return Ready(self._translated(pull), self._translated(plug_in))
            case MacChanged(mac=mac):
                return self._changed(port, mac)
            case _:
                assert_never(op)

    def restore(self, op: CardOp) -> None:
        """All cables were made anew, with the cards that the topology names."""

    def _changed(self, port: Port, mac: str) -> Ready:
        if not CARD_MAC.fullmatch(mac) or mac == port.mac:
            raise BadValue("mac", mac, f"another MAC address of one card than {port.mac}, in lower case")
        change = partial(self._wiring.change_mac, port)
        return Ready(
            self._translated(partial(change, present="", mac=mac)),
            self._translated(partial(change, present=mac, mac=port.mac)),
        )

    def _translated(self, work: "partial[None]") -> "partial[None]":
        return partial(self._wiring.translated, work)
