"""With whom a node's BFD session is."""

from harness.lint._frontends import own_addresses
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._trackers import Tracker, definition


def neighbour_of(member: Member, tracker: Tracker) -> str:
    """Its address; "" if it is not known."""
    block = definition(member, tracker) if tracker.kind == "bfd" else None
    return (block and block.last("neighbor_ip")) or ""


def peer_of(pair: Pair, member: Member, tracker: Tracker) -> PairNode | None:
    """The other node with which the session is: its end says that this node is dead."""
    neighbour, others = neighbour_of(member, tracker), (each for each in pair.nodes if each.name != member.node.name)
    return next((each for each in others if neighbour in own_addresses(each)), None)
