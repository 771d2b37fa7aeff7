"""Changes of what a master announces: after a partition, the caches of routers lead to it again.

Measured on the harness's own pair: docs/june-13.md, "What prevents it".
"""

from collections.abc import Iterator
from typing import Final

from harness.gate.prepare import Prepared
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.edit import Edit
from harness.gate.preventions.on_nodes import all_begin_as_backup, members, on_nodes
from harness.gate.preventions.writing import of_globals, setting
from harness.lint import Member
from harness.model.units import s

PARTITIONS: Final = ("blip", "one-way", "vrrp-lost", "thaw")


def refreshed(prepared: Prepared) -> Iterator[Candidate]:
    """A period within the test's bound: a longer one ends the outage too, but later than the bound allows."""
    period = max(1, prepared.target.peer_dead.ns // s // 2)
    every = [each for each in members(prepared.pair) if not 0 < each.instance.garp_master_refresh_ns <= period * s]
    edits = ((each.node, _refreshed(each, str(period))) for each in every)
    yield from on_nodes(f"garp_master_refresh {period}", PARTITIONS, edits)


def answered(prepared: Prepared) -> Iterator[Candidate]:
    """The node that gives up sends one more advert, and the owner answers it by announcing itself."""
    nodes = [each.node for each in members(prepared.pair) if not each.instance.higher_prio_send_advert]
    edits = ((node, of_globals(node, "vrrp_higher_prio_send_advert", "true")) for node in nodes)
    yield from on_nodes("vrrp_higher_prio_send_advert", PARTITIONS, edits)


def staying(prepared: Prepared) -> Iterator[Candidate]:
    """Without preemption the address moves once less, where a node only comes back."""
    every = [each for each in members(prepared.pair) if each.instance.preempt]
    if all_begin_as_backup(prepared.pair):
        edits = ((each.node, setting(each.node, each.block, "nopreempt")) for each in every)
        yield from on_nodes("nopreempt", ("return", *PARTITIONS), edits)


def _refreshed(member: Member, period: str) -> Edit | None:
    """An instance's own line goes before that of global_defs."""
    if member.block and member.block.find("garp_master_refresh"):
        return setting(member.node, member.block, "garp_master_refresh", period)
    return of_globals(member.node, "vrrp_garp_master_refresh", period)
