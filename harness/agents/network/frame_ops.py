"""How the network agent does and undoes its ops on frames (`harness.model.ops.frames`): one message each."""

from functools import partial
from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.network import nft
from harness.agents.network.claims import Claims
from harness.agents.network.delays import Delays
from harness.agents.network.netlink import link
from harness.agents.network.nft import Drops
from harness.agents.network.nft_rules import Kind
from harness.agents.network.shaping import Shaper
from harness.agents.network.wiring import Wiring
from harness.model.ops import (
    Corrupt,
    Delay,
    Drop,
    DropGarp,
    DropTcp,
    DropVrrp,
    FrameOp,
    LimitGarp,
    LimitRate,
    LinkDown,
    Lose,
)
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
            case Drop() | DropGarp() | DropVrrp() | DropTcp():
                return self._drop(op)
            case LinkDown():
                return self._link_down(op)
            case Lose() | Corrupt():
                kind: Kind = "lost" if isinstance(op, Lose) else "corrupt"
                return self._some(op, kind, nft.by_chance(kind, self._wiring.device(op.port), op.side, op.percent))
            case LimitGarp():
                return self._some(op, "few", nft.few(self._wiring.device(op.port), op.side, op.ip, op.per_s))
            case LimitRate():
                return self._claims.guarded(op, (type(op), op.port, op.side), self._shaper.ready(op))
            case Delay():
                return self._claims.guarded(op, (type(op), op.port, op.side), self._delays.ready(op))
            case _:
                assert_never(op)

    def _drop(self, op: Drop | DropGarp | DropVrrp | DropTcp) -> Ready:
        """nftables accepts the name of a missing device, without effect: the port is looked for just before."""
        return self._drops.ready(_element(op, self._wiring.device(op.port)), partial(self._wiring.expect, op.port))

    def _some(self, op: Lose | Corrupt | LimitGarp, kind: Kind, element: nft.Element) -> Ready:
        self._drops.expect(kind)
        place = (type(op), op.port, op.side, op.ip if isinstance(op, LimitGarp) else "")
        return self._claims.guarded(op, place, self._drops.ready(element, partial(self._wiring.expect, op.port)))

    def _link_down(self, op: LinkDown) -> Ready:
        device = self._wiring.device(op.port)
        down, up = link(device, up=False), link(device, up=True)

        def undo() -> None:
            if self._wiring.is_wired(op.port):
                self._wiring.request(up)

        return Ready(lambda: self._wiring.request(down), undo)


def _element(op: Drop | DropGarp | DropVrrp | DropTcp, device: str) -> nft.Element:
    match op:
        case Drop():
            return nft.every_frame(device, op.side)
        case DropGarp():
            return nft.garp(device, op.side, op.ip)
        case DropVrrp():
            return nft.vrrp(device, op.side, multicast=op.multicast)
        case DropTcp():
            return nft.tcp(device, op.side, opening=op.opening)
        case _:
            assert_never(op)
