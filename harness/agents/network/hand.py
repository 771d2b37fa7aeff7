"""The injecting half of the network agent: wires the nodes, applies ops at exact deadlines.

Standard output is the pipe to the eye: one JSON line per `Wired` and `Unwired` event, nothing else; it never blocks.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from pyroute2.netlink.exceptions import NetlinkError

from harness.agents import lab, realtime
from harness.agents.agent import Agent
from harness.agents.discovery import Discovery
from harness.agents.executor import Ready
from harness.agents.loop import Loop, now
from harness.agents.network import arp
from harness.agents.network.adverts import AdvertWait
from harness.agents.network.netlink import link
from harness.agents.network.nft import Drops
from harness.agents.network.wiring import Cabled, Wiring
from harness.model.errors import AgentError, BadValue
from harness.model.events import AnyEvent, Unwired, Wired, encode
from harness.model.ops import (
    Alignment,
    Announce,
    AnyOp,
    ArpAnnounce,
    ArpTimeout,
    Drop,
    DropGarp,
    FlushFdb,
    FlushNeighbours,
    LinkDown,
    PinMac,
    PinNeighbour,
)
from harness.model.topology import Topology


class NetworkOps:
    """The network's `Executor`: `prepare` builds an op's messages, and only the sending is left.

    A drop or a dead cable is simply taken back; a pinned entry needs its MAC.
    """

    def __init__(self, loop: Loop, topology: Topology, wiring: Wiring, drops: Drops) -> None:
        self._loop = loop
        self._topology = topology
        self._wiring = wiring
        self._drops = drops

    def lane(self, _: AnyOp) -> str:
        """One message each: none takes long, and deadlines are to be met."""
        return ""

    def prepare(self, op: AnyOp) -> Ready:
        match op:
            case Drop() | DropGarp():
                self._must_be_wired(op.port)
                return self._drop(op)
            case PinNeighbour():
                return self._pin(op, self._entry(op).mac)
            case LinkDown():
                self._must_be_wired(op.port)
                return self._link_down(op)
            case _:
                return Ready(self._act(op))

    def _act(self, op: AnyOp) -> Callable[[], None]:
        match op:
            case FlushNeighbours():
                self._cabled(op.node)
                return lambda: arp.flush(self._cabled(op.node), self._topology.node(op.node), op.ip)
            case ArpTimeout():
                self._cabled(op.node)
                return lambda: arp.timeout(self._cabled(op.node), self._topology.node(op.node), op.timeout_ns)
            case ArpAnnounce():
                self._cabled(op.node)
                return lambda: arp.announce_as(self._cabled(op.node), self._topology.node(op.node), op.level)
            case PinMac():
                self._must_be_wired(op.port)
                return lambda: self._wiring.pin_mac(op.port, op.mac, pinned=op.pinned)
            case FlushFdb():
                return lambda: self._wiring.flush_fdb(op.switch)
            case Announce():
                pair = self._topology.pair(op.pair)
                return lambda: arp.announce(pair, self._wiring.nodes)
            case _:
                raise BadValue("op", type(op).__name__, "an op of the network agent")

    def restore(self, op: AnyOp, before: str) -> None:
        match op:
            case Drop() | DropGarp():
                self._drop(op).undo()
            case LinkDown():
                self._link_down(op).undo()
            case PinNeighbour():
                self._pin(op, before).undo()
            case _:
                raise BadValue("op", type(op).__name__, "a held op of the network agent")

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:
        """Listens at the node's port in the segment of the pair with this VRID."""
        pair = next((p for p in self._topology.pairs.values() if p.vrid == alignment.vrid), None)
        if pair is None or alignment.node not in pair.nodes:
            raise BadValue("alignment", f"{alignment.node}, vrid {alignment.vrid}", "a node of the pair with that VRID")
        port = self._topology.node(alignment.node).port(pair.segment)
        self._must_be_wired(port.name)
        return AdvertWait(self._loop, port.tap, alignment.vrid, alignment.skip, start).stop

    def _drop(self, op: Drop | DropGarp) -> Ready:
        add, remove = (self._drop_message(op, present=present) for present in (True, False))

        def apply() -> None:
            self._must_be_wired(op.port)  # nftables would accept it, to no effect
            self._drops.add(add)

        return Ready(apply, lambda: self._drops.remove(remove))

    def _drop_message(self, op: Drop | DropGarp, *, present: bool) -> bytes:
        device = self._wiring.device(op.port)
        if isinstance(op, DropGarp):
            return self._drops.garp_message(device, op.side, op.ip, present=present)
        return self._drops.message(device, op.side, present=present)

    def _pin(self, op: PinNeighbour, mac: str) -> Ready:
        """`mac`: what the entry said when the op was prepared. It is pinned only if it still says so."""

        def apply() -> None:
            entry = self._entry(op)
            if entry.mac != mac:
                raise AgentError(f"{op.node}'s entry for {op.ip} changed from {mac} to {entry.mac} meanwhile.")
            arp.pin(self._cabled(op.node), entry)

        def undo() -> None:
            if op.node in self._wiring.nodes:  # else its entries went with it, or with the cables of our earlier life
                arp.unpin(self._cabled(op.node), op.ip, mac)

        return Ready(apply, undo, mac)

    def _entry(self, op: PinNeighbour) -> arp.Entry:
        return arp.learnt(self._cabled(op.node), self._topology.node(op.node), op.ip)

    def _link_down(self, op: LinkDown) -> Ready:
        device = self._wiring.device(op.port)
        down, up = link(device, up=False), link(device, up=True)

        def undo() -> None:
            if self._wiring.is_wired(op.port):
                self._wiring.request(up)

        return Ready(lambda: self._wiring.request(down), undo)

    def _must_be_wired(self, port: str) -> None:
        if not self._wiring.is_wired(port):
            raise AgentError(f"{port} is not wired: its node is not running.")

    def _cabled(self, node: str) -> Cabled:
        if node not in self._wiring.nodes:
            raise AgentError(f"{self._topology.node(node).name} is not wired: it is not running.")
        return self._wiring.nodes[node]


class Hand(Agent):
    """Wires whatever node appears; a node that dies takes the faults on its ports with it."""

    def __init__(self, loop: Loop, topology: Topology, wiring: Wiring, drops: Drops) -> None:
        super().__init__("hand", loop, topology, NetworkOps(loop, topology, wiring, drops))
        self._wiring = wiring
        self._wired: dict[str, Wired] = {}
        self._discovery = Discovery(loop, lab.name(), topology.nodes, self._found, self._died)

    def baseline(self) -> Iterable[AnyEvent]:
        return self._wired.values()

    def wired(self) -> tuple[str, ...]:
        return tuple(self._wired)

    def open(self) -> None:
        super().open()
        self._discovery.start()

    def _found(self, node: str, pid: int) -> None:
        begun = now()
        try:
            self._wiring.wire(node, pid)
        except (OSError, NetlinkError) as error:
            self._gave_up(node, pid, error)
            return
        self._wired[node] = Wired(now(), node, pid, now() - begun)
        self._announce(self._wired[node])
        print(f"wired {node} (pid {pid}) in {self._wired[node].took_ns / 1e6:.1f} ms", file=sys.stderr)

    def _gave_up(self, node: str, pid: int, error: Exception) -> None:
        """A node that dies while it is wired is wired in its next life; a living one that cannot be is our failure."""
        if Path(f"/proc/{pid}/ns/net").exists():
            raise AgentError(f"{node} (pid {pid}) lives but cannot be wired: {error}") from error
        self._wiring.unwire(node)

    def _died(self, node: str) -> None:
        self._wiring.unwire(node)
        if self.conductor:
            self.conductor.lost(lambda op: self._node_of(op) == node)
        if self._wired.pop(node, None):
            self._announce(Unwired(now(), node))

    def _node_of(self, op: AnyOp) -> str | None:
        match op:
            case Drop(port=port) | DropGarp(port=port) | LinkDown(port=port):
                cable = self.topology.ports.get(port)
                return cable.node if cable else None
            case PinNeighbour(node=node):
                return node
            case _:
                return None

    def _announce(self, event: Wired | Unwired) -> None:
        """To subscribers and to the eye. Raises `BlockingIOError` if the eye has not read for a thousand events."""
        self.emit(event)
        os.write(sys.stdout.fileno(), encode(event) + b"\n")


def main() -> None:
    """Never returns, except by an exception: the agent ends with it, is restarted, and replays its journal."""
    topology = lab.topology()
    loop = Loop(realtime.best())
    wiring = Wiring(topology)
    wiring.build()
    hand = Hand(loop, topology, wiring, Drops())
    os.set_blocking(sys.stdout.fileno(), False)
    hand.open()
    gc.collect()
    gc.freeze()
    print(f"hand is ready; {'; '.join(hand.notes()) or 'real-time scheduling is to be had'}", file=sys.stderr)
    loop.run()


if __name__ == "__main__":
    main()
