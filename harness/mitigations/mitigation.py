"""What a mitigation is: an operator's act during an incident. No lease: it must work while a fault is held."""

import msgspec

from harness.model.errors import BadValue, UnknownName
from harness.model.ops import Plan
from harness.model.topology import Topology


class Mitigation(msgspec.Struct, frozen=True):
    """Base of all mitigations. A file in this folder is one mitigation.

    Its plan holds acts only; or, if it is taken back by itself, ops that end. Those need `targets`.
    """

    def plan(self, topology: Topology) -> Plan:
        """The acts, or `UsageError` before anything is done."""
        raise NotImplementedError

    def targets(self) -> tuple[str, ...]:
        """What must be leased; empty for acts, which need no lease."""
        return ()

    def describe(self) -> str:
        """One line for progress, report and dry run."""
        raise NotImplementedError


def servers(topology: Topology, target: str, every: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """`every` → all nodes of these kinds; a node's name → that one. Raises `UsageError` for any other, or for none."""
    found = tuple(node.name for node in topology.nodes.values() if node.kind in kinds)
    if not found:
        raise BadValue("target", target, f"in a lab with nodes of the kind {' or '.join(kinds)}: this one has none")
    if target == every:
        return found
    if target not in found:
        raise UnknownName(" or ".join(kinds), target, (every, *found))
    return (target,)
