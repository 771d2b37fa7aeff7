"""How the network agent does and undoes its ops on frames (`harness.model.ops.frames`): one message each."""

from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.network.netlink import link
from harness.agents.network.nft import Drops
from harness.agents.network.wiring import Wiring
from harness.model.ops import Drop, DropGarp, DropVrrp, FrameOp, LinkDown


class FrameExecutor:
    def __init__(self, wiring: Wiring, drops: Drops) -> None:
        self._wiring = wiring
        self._drops = drops

    def prepare(self, op: FrameOp) -> Ready:
        """Raises `AgentError` for a port that is not wired."""
        self._wiring.expect(op.port)
        return self._ready(op)

    def restore(self, op: FrameOp) -> None:
        """Removes the drop, or sets the link up."""
        self._ready(op).undo()

    def _ready(self, op: FrameOp) -> Ready:
        match op:
            case Drop() | DropGarp() | DropVrrp():
                return self._drop(op)
            case LinkDown():
                return self._link_down(op)
            case _:
                assert_never(op)

    def _drop(self, op: Drop | DropGarp | DropVrrp) -> Ready:
        add, remove = (self._drop_message(op, present=present) for present in (True, False))

        def apply() -> None:
            self._wiring.expect(op.port)  # nftables accepts the name of a missing device, without effect
            self._drops.add(add)

        return Ready(apply, lambda: self._drops.remove(remove))

    def _drop_message(self, op: Drop | DropGarp | DropVrrp, *, present: bool) -> bytes:
        device = self._wiring.device(op.port)
        match op:
            case Drop():
                return self._drops.message(device, op.side, present=present)
            case DropGarp():
                return self._drops.garp_message(device, op.side, op.ip, present=present)
            case DropVrrp():
                return self._drops.vrrp_message(device, op.side, multicast=op.multicast, present=present)
            case _:
                assert_never(op)

    def _link_down(self, op: LinkDown) -> Ready:
        device = self._wiring.device(op.port)
        down, up = link(device, up=False), link(device, up=True)

        def undo() -> None:
            if self._wiring.is_wired(op.port):
                self._wiring.request(up)

        return Ready(lambda: self._wiring.request(down), undo)
