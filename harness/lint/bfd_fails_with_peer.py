"""A BFD session whose end puts the node in FAULT that should take over."""

from collections.abc import Iterator

from harness.lint._bfd import neighbour_of, peer_of
from harness.lint._frontends import own_addresses
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._trackers import definition, place, trackers
from harness.model.keepalived import Block


@rule("error", outage="One node dies, and the other one is in FAULT: the address is on none.", experiment="power_cut")
def bfd_fails_with_peer(pair: Pair) -> Iterator[Found]:
    """track_bfd without a weight: while the session is down, the instance is in FAULT. If the neighbour is the other
    node, its death takes the survivor into FAULT; with `reverse` it frees the survivor. If another node has a session
    with this one and the neighbour is an address of no node, it is misspelt, and the session never comes up: a warning
    where it has a weight. Source: keepalived.conf(5), bfd_instance and track_bfd."""
    yield from once(found for router in pair.routers for member in router.members for found in _failing(pair, member))


def _failing(pair: Pair, member: Member) -> Iterator[Found]:
    for tracker in (each for each in trackers(member) if each.kind == "bfd"):
        block, peer = definition(member, tracker), peer_of(pair, member, tracker)
        others = [each for each in pair.nodes if each is not member.node]
        if peer and tracker.faults and not tracker.reverse:
            yield Found(
                place(member, tracker),
                f"{member.instance.name} of {member.node.name} is in FAULT while the BFD session {tracker.name} with "
                f"{peer.name} is down: when {peer.name} dies, {member.node.name} does not take over.",
                f"{tracker.name} weight -5, or no track_bfd of the other node",
            )
        elif (
            block
            and _is_one_sided(others, member.node)
            and _strange(member.node, others) == {block.last("neighbor_ip")}
        ):
            yield _misspelt(member, block, neighbour_of(member, tracker), faults=tracker.faults)


def _strange(node: PairNode, others: list[PairNode]) -> set[str]:
    """Its neighbours that are no node, and none of another node's: such a router is meant."""
    known = {address for other in others for address in (*own_addresses(other), *_neighbours(other))}
    return _neighbours(node) - known


def _is_one_sided(others: list[PairNode], node: PairNode) -> bool:
    """Does another node have a session with this one, which has none with that node? Then one is meant to be."""
    return any(_meets(other, node) and not _meets(node, other) for other in others)


def _meets(one: PairNode, other: PairNode) -> bool:
    return bool(_neighbours(one) & own_addresses(other))


def _neighbours(node: PairNode) -> set[str]:
    return {each.last("neighbor_ip") or "" for each in node.document.all("bfd_instance")}


def _misspelt(member: Member, block: Block, neighbour: str, *, faults: bool) -> Found:
    effect = "and the instance is in FAULT for good" if faults else "and its weight counts for good"
    return Found(
        member.node.at(block.find("neighbor_ip") or block),
        f"{block.argument} of {member.node.name} expects its neighbour at {neighbour}, an address of no node, while "
        f"another node has a session with {member.node.name}: it never comes up, {effect}.",
        "an address of the other node",
        None if faults else "warning",
    )
