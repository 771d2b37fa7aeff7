"""Puts the edits of all nodes together to one candidate, or to none: half a change would be another pair."""

from collections.abc import Iterable, Iterator

from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.edit import Edit
from harness.lint import Member, Pair, PairNode


def on_nodes(name: str, tests: Iterable[str], edits: Iterable[tuple[PairNode, Edit | None]]) -> Iterator[Candidate]:
    """`edits` None: the setting has no safe place there. Nothing if there is one of these, or no edit at all."""
    found: dict[str, tuple[Edit, ...]] = {}
    for node, edit in edits:
        if edit is None:
            return
        if edit not in found.get(node.name, ()):
            found[node.name] = (*found.get(node.name, ()), edit)
    if found:
        yield Candidate(name, tuple(tests), found)


def members(pair: Pair) -> Iterator[Member]:
    """Every vrrp_instance of a virtual router."""
    yield from (member for router in pair.routers for member in router.members)


def all_begin_as_backup(pair: Pair) -> bool:
    """keepalived clears nopreempt and preempt_delay of an instance with ``state MASTER``."""
    return all(member.block is not None and member.block.last("state") != "MASTER" for member in members(pair))
