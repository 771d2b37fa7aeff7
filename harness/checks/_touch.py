"""Which ops reach the pair itself: its nodes, their cables, the trunks between them. A slow database does not."""

from harness.model.ops import AnyOp, Drop, DropGarp, LinkDown, ServiceDown, ServiceRestart, Signal
from harness.model.topology import Pair, Topology


def touches(op: AnyOp, pair: Pair, topology: Topology) -> bool:
    match op:
        case Drop(port=port) | DropGarp(port=port) | LinkDown(port=port):
            place = port.rpartition(".")[0]
            trunk = topology.trunks.get(place)
            return place in pair.nodes or (trunk is not None and topology.switches[trunk.a] == pair.segment)
        case Signal(node=node) | ServiceDown(node=node) | ServiceRestart(node=node):
            return node in pair.nodes
        case _:
            return False
