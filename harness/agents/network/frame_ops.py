"""How the network agent does and undoes its ops on frames (`harness.model.ops.frames`): one message each."""

from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.network.claims import Claims
from harness.agents.network.delays import Delays
from harness.agents.network.netlink import link
from harness.agents.network.nft import Drops
from harness.agents.network.nft_rules import Kind
from harness.agents.network.shaping import Shaper
from harness.agents.network.wiring import Wiring
from harness.model.ops import Corrupt, Delay, Drop, DropGarp, DropVrrp, FrameOp, LimitGarp, LimitRate, LinkDown, Lose
from harness.model.topology import Topology


class FrameExecutor:
    def __init__(self, topology: Topology, wiring: Wiring, drops: Drops) -> None:
        self._wiring = wiring
        self._drops = drops
        self._shaper = Shaper(topology, wiring)
        self._delays = Delays(topology, wiring)
        self._claims = Claims()

    def prepare(self, op: FrameOp) -> Ready:
        """Raises `AgentError` for a port that is not wired, or what this kernel cannot do."""
        self._wiring.expect(op.port)
        return self._ready(op)

    def restore(self, op: FrameOp) -> None:
        """Removes the drop, or sets the link up. What has a value ended with that life: table, cables, processes."""
        if not isinstance(op, Lose | Corrupt | LimitRate | LimitGarp | Delay):
            self._ready(op).undo()

    def _ready(self, op: FrameOp) -> Ready:
        match op:
            case Drop() | DropGarp() | DropVrrp():
                return self._drop(op)
            case LinkDown():
                return self._link_down(op)
            case Lose() | Corrupt():
                return self._claims.guarded(op, (type(op), op.port, op.side), self._chance(op))
            case LimitGarp():
                return self._claims.guarded(op, (type(op), op.port, op.side, op.ip), self._few(op))
            case LimitRate():
                return self._claims.guarded(op, (type(op), op.port, op.side), self._shaper.ready(op))
            case Delay():
                return self._claims.guarded(op, (type(op), op.port, op.side), self._delays.ready(op))
            case _:
                assert_never(op)

    def _drop(self, op: Drop | DropGarp | DropVrrp) -> Ready:
        add, remove = (self._drop_message(op, present=present) for present in (True, False))

        def apply() -> None:
            self._wiring.expect(op.port)  # nftables accepts the name of a missing device, without effect
            self._drops.add(add)

        return Ready(apply, lambda: self._drops.remove(remove))

    def _chance(self, op: Lose | Corrupt) -> Ready:
        kind: Kind = "lost" if isinstance(op, Lose) else "corrupt"
        self._drops.expect(kind)
        place = (kind, self._wiring.device(op.port), op.side, op.percent)
        return self._some(op, *(self._drops.chance_message(*place, present=each) for each in (True, False)))

    def _few(self, op: LimitGarp) -> Ready:
        self._drops.expect("few")
        place = (self._wiring.device(op.port), op.side, op.ip, op.per_s)
        return self._some(op, *(self._drops.few_message(*place, present=each) for each in (True, False)))

    def _some(self, op: Lose | Corrupt | LimitGarp, add: bytes, remove: bytes) -> Ready:
        def apply() -> None:
            self._wiring.expect(op.port)
            self._drops.add_some(add, remove)

        return Ready(apply, lambda: self._drops.remove_some(remove))

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
