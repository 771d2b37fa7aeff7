"""Which ports decide who owns a virtual router's VIPs, and which node owns them at rest. Pure."""

from collections.abc import Iterator, Mapping

from harness.model.topology import Topology
from harness.simulation.instance import Instance
from harness.simulation.nodes import Nodes


def deciding_ports(topology: Topology, nodes: Nodes, router: str) -> dict[str, tuple[str, ...]]:
    """Node → those of its adverts, of its VIPs, of what moves with it, and of the devices that it tracks."""
    found = {one.node: set(_ports(topology, nodes, one)) for one in nodes.of(router)}
    return {
        node: tuple(port.name for port in topology.node(node).ports if port.name in own) for node, own in found.items()
    }


def _ports(topology: Topology, nodes: Nodes, one: Instance) -> Iterator[str]:
    for member in _together(one):
        yield from nodes.places.own(member)
        tracked = {watch.name for watch in member.set.watches if watch.kind == "interface"}
        yield from (port.name for port in topology.node(one.node).ports if port.device in tracked)


def advert_ports(nodes: Nodes, router: str) -> frozenset[str]:
    """From which adverts are sent: those of its own, and of what moves with it."""
    return frozenset(member.port for one in nodes.of(router) for member in _together(one))


def preferred(nodes: Nodes, router: str) -> str:
    """The highest effective priority; of equals the first in the list, as `RouterLimits.preferred`.

    A sync group moves together: where its instances prefer different nodes, the one whose *lowest* priority is the
    highest, for its last timer runs out first.
    """
    return max(nodes.of(router), key=lambda one: min(member.priority for member in _together(one))).node


def may_own(nodes: Nodes, router: str) -> tuple[str, ...]:
    """The nodes that may be the owner at rest, the preferred one first: from these no other takes the VIPs back.

    With equal priorities or ``nopreempt`` that is each that got them by a failover, if all others hear its adverts.
    Of sync groups the preferred alone.
    """
    every, first = nodes.of(router), preferred(nodes, router)
    if any(one.group for one in every):
        return (first,)
    keeping = [one.node for one in every if all(_leaves(other, one) for other in every if other is not one)]
    return (first, *(node for node in keeping if node != first and not deaf(nodes, {router: node})))


def _leaves(other: Instance, one: Instance) -> bool:
    return not other.vrrp.preempt or other.priority <= one.priority


def _together(one: Instance) -> list[Instance]:
    return one.group.members if one.group else [one]


def deaf(nodes: Nodes, owners: Mapping[str, str]) -> str:
    """Why a node is master at rest, beside the owner: it does not hear the owner's adverts; "" if each hears them."""
    for router, owner in owners.items():
        every = nodes.of(router)
        heard = {nodes.instances[number].node for one in every if one.node == owner for number in nodes.ears.of(one)}
        for one in every:
            if one.node != owner and one.node not in heard:
                return f"{one.node} hears no advert of {owner} for {router}."
    return ""
