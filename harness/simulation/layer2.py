"""Switches that learn and flood, trunks, and what keeps frames from passing. Frames take no time.

A port is NODE.SEGMENT or TRUNK.a / TRUNK.b, a side as the switch sees it. A frame that is dropped on `ingress` teaches
the switch nothing: the bridge's pre-routing hook comes before it learns.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from harness.model.topology import Topology

Place = tuple[str, str]  # (switch, MAC address)
Passes = Callable[[str, str], bool]  # (port, side)


class Flood(NamedTuple):
    """What becomes of a broadcast. `seen`: (port, inward), in order, where a tap sees it."""

    receivers: tuple[str, ...]
    learns: tuple[tuple[str, str], ...]  # (switch, port)
    seen: tuple[tuple[str, bool], ...]


class Layer2:
    """`fdb`: where each switch believes a MAC address to be. `clean`: as in the steady state.

    `drops`, `garps`, `adverts`, `down`: how many ops are in force at (port, side), (port, side, address), (port, side,
    multicast alone?), and port.
    """

    def __init__(self, topology: Topology) -> None:
        ports = topology.ports
        self.node_of = {name: port.node for name, port in ports.items()}
        self.mac_of = {name: port.mac for name, port in ports.items()}
        self.switch_of = {name: port.switch for name, port in ports.items()}
        self.beyond: dict[str, str] = {}  # the end of a trunk → its other end
        idle = {ring.alternate.rpartition(".")[0] for ring in topology.rings.values()}  # REP itself is not simulated
        for trunk in (each for each in topology.trunks.values() if each.name not in idle):
            self.switch_of |= {trunk.end_a: trunk.a, trunk.end_b: trunk.b}
            self.beyond |= {trunk.end_a: trunk.end_b, trunk.end_b: trunk.end_a}
        self.on = {name: [port for port, at in self.switch_of.items() if at == name] for name in topology.switches}
        self.learnt = self._learnt(topology)
        self.fdb: dict[Place, str] = {}
        self.pinned: dict[Place, str] = {}
        self.drops: Counter[tuple[str, str]] = Counter()
        self.garps: Counter[tuple[str, str, str]] = Counter()
        self.adverts: Counter[tuple[str, str, bool]] = Counter()
        self.down: Counter[str] = Counter()
        self.clean = True
        self._memory: dict[object, tuple[dict[tuple[str, str], Flood], dict[tuple[str, str], str | None]]] = {}
        self.reset()

    def reset(self) -> None:
        """As before the first fault."""
        self.fdb, self.clean = dict(self.learnt), True
        for table in (self.drops, self.garps, self.adverts, self.down):
            table.clear()
        self.pinned.clear()
        self.changed()

    def changed(self) -> None:
        """An op came or went: what was found is looked up for what is in force now."""
        tables = (self.drops, self.garps, self.adverts, self.down)
        key = tuple(frozenset(place for place, held in table.items() if held) for table in tables)
        self._floods, self._clean_paths = self._memory.setdefault(key, ({}, {}))
        self._moved()

    def learn(self, mac: str, learns: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The (switch, port) that are new."""
        new = [(switch, port) for switch, port in learns if self._moves((switch, mac), port)]
        for switch, port in new:
            self.fdb[switch, mac], self.clean = port, False
        if new:
            self._moved()
        return new

    def forget(self, places: Iterable[Place]) -> list[Place]:
        """What was forgotten of them; pinned ones stay."""
        gone = [place for place in places if place in self.fdb and place not in self.pinned]
        for place in gone:
            del self.fdb[place]
        if gone:
            self.clean = False
            self._moved()
        return gone

    def _moved(self) -> None:
        """Forwarding tables changed: paths are known again only for those of the steady state."""
        self._paths = self._clean_paths if self.clean else {}

    def passes(self, port: str, side: str, announced: str = "") -> bool:
        if self.down.get(port) or self.drops.get((port, side)):
            return False
        return not (announced and self.garps.get((port, side, announced)))

    def carries_adverts(self, port: str, side: str, *, multicast: bool) -> bool:
        if not self.passes(port, side) or self.adverts.get((port, side, False)):
            return False
        return not (multicast and self.adverts.get((port, side, True)))

    def flood(self, port: str, announced: str = "") -> Flood:
        """A broadcast from a node's port. `announced`: of ARP, the sender's address (see `DropGarp`)."""
        key = (port, announced)
        if key not in self._floods:
            self._floods[key] = self._walk(port, lambda at, side: self.passes(at, side, announced))
        return self._floods[key]

    def multicast(self, port: str) -> Flood:
        """An advertisement from a node's port, to the multicast group."""
        key = (port, "VRRP")
        if key not in self._floods:
            self._floods[key] = self._walk(port, lambda at, side: self.carries_adverts(at, side, multicast=True))
        return self._floods[key]

    def reached(self, port: str, mac: str) -> str | None:
        """The node port that a frame from `port` to `mac` reaches; None if none does."""
        key, paths = (port, mac), self._paths
        if key not in paths:
            paths[key] = self._unicast(port, mac, lambda out: self.mac_of[out] == mac)
        return paths[key]

    def floods_to(self, port: str, mac: str, held: str) -> bool:
        """Does a frame to a virtual MAC address reach the port that holds it? Not if tables lead elsewhere."""
        return self._unicast(port, mac, lambda out: out == held) == held

    def believed(self, switch: str, mac: str) -> str | None:
        """The node port that forwarding tables lead to from `switch`, whatever keeps frames away. None: unknown."""
        for _ in self.on:
            out = self.fdb.get((switch, mac))
            if out is None or out not in self.beyond:
                return out
            switch = self.switch_of[self.beyond[out]]
        return None

    def _moves(self, place: Place, port: str) -> bool:
        return self.fdb.get(place) != port and place not in self.pinned

    def _walk(self, port: str, passes: Passes) -> Flood:
        receivers: list[str] = []
        learns: list[tuple[str, str]] = []
        seen: list[tuple[str, bool]] = []
        if self.down[port]:
            return Flood((), (), ())
        seen.append((port, True))
        todo = [port] if passes(port, "ingress") else []
        visited: set[str] = set()
        while todo:
            entry = todo.pop(0)
            switch = self.switch_of[entry]
            if switch in visited:
                continue
            visited.add(switch)
            learns.append((switch, entry))
            for out in self.on[switch]:
                if out == entry or not passes(out, "egress"):
                    continue
                seen.append((out, False))
                if out not in self.beyond:
                    receivers.append(out)
                elif not self.down[other := self.beyond[out]]:
                    seen.append((other, True))
                    todo += [other] if passes(other, "ingress") else []
        return Flood(tuple(receivers), tuple(learns), tuple(seen))

    def _unicast(self, port: str, mac: str, owns: Callable[[str], bool]) -> str | None:
        entry, visited = port, set[str]()
        if not self.passes(entry, "ingress"):
            return None
        while (switch := self.switch_of[entry]) not in visited:
            visited.add(switch)
            out = self.fdb.get((switch, mac))
            if out is None:
                return self._unknown(entry, owns)
            if out == entry or not self.passes(out, "egress"):
                return None
            if out not in self.beyond:
                return out
            entry = self.beyond[out]
            if not self.passes(entry, "ingress"):
                return None
        return None

    def _unknown(self, entry: str, owns: Callable[[str], bool]) -> str | None:
        """Flooded from the switch that `entry` is on: the port that has its MAC address."""
        todo, visited = [entry], set[str]()
        while todo:
            at = todo.pop()
            switch = self.switch_of[at]
            if switch in visited:
                continue
            visited.add(switch)
            for out in self.on[switch]:
                if out == at or not self.passes(out, "egress"):
                    continue
                if out not in self.beyond:
                    if owns(out):
                        return out
                elif self.passes(self.beyond[out], "ingress"):
                    todo.append(self.beyond[out])
        return None

    def _learnt(self, topology: Topology) -> dict[Place, str]:
        """Every switch of a segment knows every port there."""
        return {
            (switch, port.mac): self._towards(switch, port.switch, name)
            for name, port in topology.ports.items()
            for switch, segment in topology.switches.items()
            if segment == port.segment
        }

    def _towards(self, switch: str, home: str, port: str) -> str:
        """The port of `switch` that leads to `port` on the switch `home`: one tree per segment."""
        seen: dict[str, str] = {home: port}
        todo = [home]
        while todo:
            for end in self.on[todo.pop()]:
                other = self.beyond.get(end)
                if other is not None and self.switch_of[other] not in seen:
                    seen[self.switch_of[other]] = other
                    todo.append(self.switch_of[other])
        return seen.get(switch, port)
