"""Which gateway forwards for each virtual MAC address of a GLBP group, and which forwarder each host has. Pure.

A gateway has a device for a forwarder as long as it forwards for it (`GlbpGroup.device`): the eye tells of devices.
"""

from collections.abc import Iterable
from typing import NamedTuple

from harness.history.timeline import Interval, Timeline
from harness.model.events import AgentStarted, AnyEvent, LinkChanged, NeighbourChanged, Unwired
from harness.model.glbp import FORWARDERS, GlbpGroup
from harness.model.topology import Topology


class Pinned(NamedTuple):
    group: GlbpGroup
    forwarder: int


class Forwarders:
    """Step functions of time, as `Tables` has them: a node that ended, or whose eye restarts, forwards for none."""

    def __init__(self, topology: Topology, events: Iterable[AnyEvent]) -> None:
        self._topology = topology
        self._devices: Timeline[tuple[str, str], bool] = Timeline()  # (gateway, device)
        self._entries: Timeline[str, str | None] = Timeline()  # host → the MAC address of its gateway
        self._told: Timeline[str, bool] = Timeline()  # are the gateway's devices known?
        self._gone: set[str] = set()  # these have none, and no event of theirs comes
        self._groups = {node: group for node in topology.nodes if (group := topology.way_out(node))}
        for event in events if topology.glbp else ():
            self._take(event)

    def gateways(self, group: GlbpGroup, forwarder: int, t: int) -> list[str]:
        """Those that forward for it: one, unless a takeover is due or the gateways do not hear each other."""
        return [node for node in group.gateways if self._devices.at((node, group.device(forwarder)), t)]

    def changes(self, group: GlbpGroup, forwarder: int, window: Interval) -> list[tuple[int, tuple[str, ...] | None]]:
        """(t, gateways) at the window's begin and at each change inside it; None: not recorded, which is not *none*."""
        device = group.device(forwarder)
        times = {t for node in group.gateways for t, _ in self._devices.changes((node, device))}
        times |= {t for node in group.gateways for t, _ in self._told.changes(node)}
        found: list[tuple[int, tuple[str, ...] | None]] = []
        for t in window.instants(times):
            told = all(self._told.at(node, t) for node in group.gateways)
            gateways = tuple(self.gateways(group, forwarder, t)) or (() if told else None)
            if not found or found[-1][1] != gateways:
                found.append((t, gateways))
        return found

    def seen(self, group: GlbpGroup) -> list[int]:
        """The forwarders that a gateway forwarded for at any time."""
        known = set(self._devices.known())
        numbers = range(1, FORWARDERS + 1)
        return [n for n in numbers if any((node, group.device(n)) in known for node in group.gateways)]

    def pinned(self, node: str, t: int) -> Pinned | None:
        """The forwarder that a host sends to; None: its gateway is no GLBP group, or it has no entry for it."""
        mac = self._entries.at(node, t)  # only hosts of a group have one
        number = self._groups[node].forwarder_of(mac) if mac else None
        return Pinned(self._groups[node], number) if number else None

    def gateway_of(self, node: str, t: int) -> str | None:
        """The one gateway that serves a host; None: not known, or not one."""
        pinned = self.pinned(node, t)
        found = self.gateways(pinned.group, pinned.forwarder, t) if pinned else []
        return found[0] if len(found) == 1 else None

    def _take(self, event: AnyEvent) -> None:
        match event:
            case LinkChanged():
                self._devices.set((event.node, event.device), event.t, event.up)
                self._told.set(event.node, event.t, True)
                self._gone.discard(event.node)
            case NeighbourChanged() if event.node in self._groups and event.ip == self._groups[event.node].ip:
                self._entries.set(event.node, event.t, event.mac)
            case Unwired():
                self._forget(event.node, event.t)
                self._told.set(event.node, event.t, True)
                self._gone.add(event.node)
            case AgentStarted(agent="eye"):
                for node in self._topology.nodes:
                    self._forget(node, event.t)
                    self._told.set(node, event.t, node in self._gone)
            case _:
                pass

    def _forget(self, node: str, t: int) -> None:
        for key in [key for key in self._devices.known() if key[0] == node]:
            self._devices.set(key, t, False)
        if node in self._groups:
            self._entries.set(node, t, None)
