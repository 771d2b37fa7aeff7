"""Where a frame goes: forwarding tables, hop by hop, over trunks. Pure, over one instant's tables.

This is where switches send a frame, not whether it arrives: a trunk that drops frames is ignored. A port that a switch
has blocked, or a trunk's end without carrier, is not: the switch sends nothing there, and takes nothing from there.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from harness.model.node import Port
from harness.model.topology import Topology


class Forwarding:
    """`fdb`: (switch, MAC address) → port (NODE.SEGMENT, TRUNK.a or TRUNK.b), as learnt at one instant.

    `virtual`: (segment, MAC address) → the nodes that have a MAC address which no card has: a virtual one. `blocked`:
    the ports that do not forward.
    """

    def __init__(
        self,
        topology: Topology,
        fdb: Mapping[tuple[str, str], str],
        virtual: Mapping[tuple[str, str], Sequence[str]] | None = None,
        blocked: Collection[str] = (),
    ) -> None:
        self._topology = topology
        self._fdb = fdb
        self._virtual = virtual or {}
        self._blocked = frozenset(blocked)

    def reached_from(self, port: Port, mac: str) -> str | None:
        """The node that a frame to `mac` reaches when the port's node sends it; None also if the port is blocked."""
        return None if port.name in self._blocked else self.reaches(port.switch, mac)

    def reaches(self, switch: str, mac: str) -> str | None:
        """The node that a frame to `mac` reaches when it enters `switch`; None if it reaches none, or circles."""
        visited: set[str] = set()
        while switch not in visited:
            visited.add(switch)
            port = self._fdb.get((switch, mac))
            if port is None:
                return self._flood(switch, mac)
            if port in self._blocked:
                return None
            across = self._across(port)
            if across is None:
                return port.split(".")[0]
            far_end, switch = across
            if far_end in self._blocked:
                return None
        return None

    def _across(self, port: str | None) -> tuple[str, str] | None:
        """The other end of the trunk, and its switch; None for a node's port, and for none."""
        for trunk in self._topology.trunks.values():
            if port == trunk.end_a:
                return trunk.end_b, trunk.b
            if port == trunk.end_b:
                return trunk.end_a, trunk.a
        return None

    def _flood(self, switch: str, mac: str) -> str | None:
        """A frame to an unknown MAC goes to every port: the node that has it, if exactly one has."""
        segment = self._topology.switches[switch]
        having = [port.node for port in self._topology.ports.values() if port.segment == segment and port.mac == mac]
        having += self._virtual.get((segment, mac), ())
        if self._blocked:
            reached = set(self._flooded(switch, mac))
            having = [node for node in having if self._delivered(node, segment, reached)]
        return having.pop() if len(having) == 1 else None

    def _delivered(self, node: str, segment: str, reached: Collection[str]) -> bool:
        port = self._topology.nodes[node].port(segment)
        return port.switch in reached and port.name not in self._blocked

    def _flooded(self, switch: str, mac: str) -> Iterator[str]:
        """The switches that give the frame to nodes.

        A switch that knows the MAC gives it to that port alone. Each switch counts once: it does not matter here that
        no switch sends a frame back by the port that it came by.
        """
        waiting, visited = [switch], set()
        while waiting:
            at = waiting.pop()
            if at in visited:
                continue
            visited.add(at)
            known = self._fdb.get((at, mac))
            if not self._across(known):
                yield at
            for port in (known,) if known else self._trunk_ends(at):
                across = None if port in self._blocked else self._across(port)
                if across and across[0] not in self._blocked:
                    waiting.append(across[1])

    def _trunk_ends(self, switch: str) -> list[str]:
        """Of its trunks, the ends on this switch."""
        trunks = self._topology.trunks.values()
        ends = [(trunk.end_a, trunk.a) for trunk in trunks] + [(trunk.end_b, trunk.b) for trunk in trunks]
        return [end for end, at in ends if at == switch]
