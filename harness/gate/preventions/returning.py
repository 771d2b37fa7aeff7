"""Changes of how a node comes back: it waits until its HAProxy serves. And the cable to customers is watched."""

from collections.abc import Iterator
from typing import Final

from harness import lint
from harness.gate.prepare import Prepared
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.edit import Edit
from harness.gate.preventions.on_nodes import all_begin_as_backup, members, on_nodes
from harness.gate.preventions.writing import inside, of_globals, setting
from harness.lint import Member, PairNode

_TESTS: Final = ("return",)
_DELAY_S: Final = 5


def failing_at_first(prepared: Prepared) -> Iterator[Candidate]:
    """A check counts as failed until its first success."""
    named = [(each.node, check.name) for each in members(prepared.pair) for check in lint.checks(each)]
    blocks = [(node, block) for node, name in named if (block := node.block("vrrp_script", name))]
    edits = ((node, inside(node, block, "init_fail")) for node, block in blocks if not block.find("init_fail"))
    yield from on_nodes("init_fail", _TESTS, edits)


def waiting(prepared: Prepared) -> Iterator[Candidate]:
    """keepalived takes part in the election later."""
    nodes = list(dict.fromkeys(each.node.name for each in members(prepared.pair)))
    every = (node for node in prepared.pair.nodes if node.name in nodes)
    edits = ((node, of_globals(node, "vrrp_startup_delay", str(_DELAY_S))) for node in every)
    yield from on_nodes(f"vrrp_startup_delay {_DELAY_S}", _TESTS, edits)


def preempting_later(prepared: Prepared) -> Iterator[Candidate]:
    """The node that returns takes its addresses later."""
    every = [each for each in members(prepared.pair) if each.instance.preempt and not each.instance.preempt_delay_ns]
    if all_begin_as_backup(prepared.pair):
        edits = ((each.node, setting(each.node, each.block, "preempt_delay", str(_DELAY_S))) for each in every)
        yield from on_nodes(f"preempt_delay {_DELAY_S}", _TESTS, edits)


def watched_cable(prepared: Prepared) -> Iterator[Candidate]:
    """keepalived watches the card of its adverts alone; customers may come by another one."""
    if prepared.target.customers:
        edits = (found for each in members(prepared.pair) for found in _watching(prepared, each))
        yield from on_nodes("track_interface", ("customers-link-down",), edits)


def _watching(prepared: Prepared, member: Member) -> Iterator[tuple[PairNode, Edit | None]]:
    lab = prepared.place.topology.node(prepared.place.names[member.node.name])
    card = next((port.device for port in lab.ports if port.segment == prepared.target.customers), "")
    watched = {each.name for each in member.instance.interfaces}
    if card and card not in watched and member.block:
        listed = member.block.find("track_interface")
        text = (card,) if listed else ("track_interface {", f"    {card}", "}")
        yield member.node, inside(member.node, listed or member.block, *text)
