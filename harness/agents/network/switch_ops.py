"""How the network agent does its ops on forwarding tables (`harness.model.ops.switches`)."""

from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.network.wiring import Wiring
from harness.model.ops import FlushFdb, PinMac, SwitchOp


class SwitchExecutor:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def prepare(self, op: SwitchOp) -> Ready:
        """Raises `AgentError` for a port that is not wired."""
        match op:
            case PinMac(port=port, mac=mac, pinned=pinned):
                self._wiring.expect(port)
                return Ready(lambda: self._wiring.pin_mac(port, mac, pinned=pinned))
            case FlushFdb(switch=switch):
                return Ready(lambda: self._wiring.flush_fdb(switch))
            case _:
                assert_never(op)
