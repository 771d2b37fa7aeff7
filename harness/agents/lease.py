"""Which connection may hold faults on which targets: one lease per connection, targets disjoint.

A target consists of atoms: a node covers itself and its ports, a trunk itself and its two ends; a port, a trunk's
end or a switch is its own only atom. Two leases conflict when they share an atom.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from harness.model.errors import AgentError, LeaseConflict, UnknownName
from harness.model.ops import AnyOp
from harness.model.protocol import LEASE_SILENCE_NS
from harness.model.topology import Topology


def atoms(topology: Topology, target: str) -> frozenset[str]:
    """Raises `UnknownName` for a target that the topology does not have."""
    if target in topology.nodes:
        return frozenset({target, *(port.name for port in topology.nodes[target].ports)})
    if target in topology.trunks:
        trunk = topology.trunks[target]
        return frozenset({target, trunk.end_a, trunk.end_b})
    if target in topology.taps.values() or target in topology.switches:
        return frozenset({target})
    raise UnknownName("target", target, topology.targets())


@dataclass
class _Held:
    holder: str
    atoms: frozenset[str]
    renewed_ns: int


class Leases:
    """`owner`: any hashable that identifies the connection."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._held: dict[Hashable, _Held] = {}

    def claim(self, owner: Hashable, holder: str, targets: Iterable[str], now: int) -> None:
        """Replaces the lease of `owner`. Raises `LeaseConflict` or `UnknownName`; then nothing changes."""
        wanted = frozenset().union(*(atoms(self._topology, target) for target in targets))
        for other, held in self._held.items():
            shared = wanted & held.atoms
            if other is not owner and shared:
                raise LeaseConflict(f"{', '.join(sorted(shared))}: held by {held.holder}.")
        self._held[owner] = _Held(holder, wanted, now)

    def renew(self, owner: Hashable, now: int) -> None:
        """Every request of the connection renews its lease, if it has one."""
        if held := self._held.get(owner):
            held.renewed_ns = now

    def holder(self, owner: Hashable, op: AnyOp) -> str:
        """The name under which `owner` may hold `op`. Raises `AgentError` if its lease does not cover it."""
        held = self._held.get(owner)
        if held is None or not atoms(self._topology, op.leased) <= held.atoms:
            raise AgentError(f"{op.leased}: no lease of this connection covers it.")
        return held.holder

    def release(self, owner: Hashable) -> bool:
        """True if there was a lease."""
        return self._held.pop(owner, None) is not None

    def silent(self, now: int) -> list[Hashable]:
        """The owners that sent nothing for `LEASE_SILENCE_NS`."""
        return [owner for owner, held in self._held.items() if now - held.renewed_ns > LEASE_SILENCE_NS]
