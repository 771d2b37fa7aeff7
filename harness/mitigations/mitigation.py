"""What a mitigation is: an operator's act during an incident. No lease: it must work while a fault is held."""

from typing import ClassVar

import msgspec

from harness.model.errors import BadValue, UnknownName
from harness.model.ops import Plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class Mitigation(msgspec.Struct, frozen=True):
    """Base of all mitigations. A file in this folder is one mitigation.

    Its plan has acts only; or ops with an end, if it takes itself back. Those need `targets`.
    """

    example: ClassVar[str] = ""  # what follows the mitigation's name in the examples of the command line's help
    signs: ClassVar[Signs]  # what is seen of it

    def plan(self, topology: Topology) -> Plan:
        """The acts. Raises `UsageError` before anything is done."""
        raise NotImplementedError

    def targets(self) -> tuple[str, ...]:
        """The targets that must be leased; empty for acts, which need no lease."""
        return ()

    def describe(self) -> str:
        """One line for progress, report and dry run."""
        raise NotImplementedError

    def __and__(self, other: "Mitigation") -> "Mitigation":
        """Both, one after the other, at once."""
        return Both(self, other)


class Both(Mitigation, frozen=True):
    """Made by ``&``."""

    first: Mitigation
    second: Mitigation

    def plan(self, topology: Topology) -> Plan:
        return self.first.plan(topology) & self.second.plan(topology)

    def targets(self) -> tuple[str, ...]:
        return (*self.first.targets(), *self.second.targets())

    def describe(self) -> str:
        return f"{self.first.describe()} & {self.second.describe()}"


def servers(topology: Topology, target: str, every: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """`every` → all nodes of these kinds; a node's name → that one. Raises `UsageError` for any other, or for none."""
    found = tuple(node.name for node in topology.nodes.values() if node.kind in kinds)
    if not found:
        raise BadValue("target", target, f"in a lab with nodes of the kind {' or '.join(kinds)}; this lab has none")
    if target == every:
        return found
    if target not in found:
        raise UnknownName(" or ".join(kinds), target, (every, *found))
    return (target,)


def balancers(topology: Topology, target: str | None) -> tuple[str, ...]:
    """``balancers`` → those of all virtual routers; a router's name → its nodes; a balancer's → that one.

    Without a target: of the router that customers ask. Raises `UnknownName`.
    """
    routers = {router.name: router.nodes for router in topology.virtual_routers.values()}
    every = tuple(dict.fromkeys(node for nodes in routers.values() for node in nodes))
    known = {"balancers": every, **{node: (node,) for node in every}, **routers}
    chosen = target or topology.virtual_router().name
    if chosen not in known:
        raise UnknownName("virtual router or balancer", chosen, known)
    return known[chosen]
