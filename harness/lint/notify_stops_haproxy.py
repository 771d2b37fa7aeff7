"""A notify program stops what the check asks for."""

from collections.abc import Iterator
from typing import Final

from harness.lint._commands import watches_haproxy
from harness.lint._finding import Severity
from harness.lint._lines import once
from harness.lint._notified import Notified, notified
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._trackers import Tracker, trackers

_SURE: Final = ("notify_backup", "notify_fault", "notify")


@rule(
    "error",
    outage="The backup is in FAULT, so the address is on no node once the master has failed.",
    experiment="power_cut",
)
def notify_stops_haproxy(pair: Pair) -> Iterator[Found]:
    """A node that becomes backup stops HAProxy; the check then fails there, and without a weight the node is in FAULT.
    A node in FAULT takes over nothing, so notify_master, which would start HAProxy, never runs. With notify_fault the
    same happens after any fault, such as a card that was without carrier: the node never leaves FAULT by itself. A
    warning where the check has a weight, of a script that looks at more than the words that its line and keepalived
    give it, and where HAProxy is started again. Let HAProxy run on all nodes. Source: keepalived.conf(5), vrrp_script
    and notify_backup."""
    yield from once(found for router in pair.routers for member in router.members for found in _stopped(member))


def _stopped(member: Member) -> Iterator[Found]:
    watching = [each for each in trackers(member) if watches_haproxy(member, each)]
    heads = {("vrrp_instance", member.instance.name), ("vrrp_sync_group", member.instance.sync_group)}
    for each in notified(member.node):
        own = each.block.words[:2] in heads and each.line.words[0] in _SURE
        if watching and own and each.stops:
            yield _found(member, each, watching)


def _found(member: Member, by: Notified, watching: list[Tracker]) -> Found:
    faults = [each.name for each in watching if each.faults]
    keyword, name = by.line.words[0], (faults or [watching[0].name])[0]
    severity: Severity | None = None if faults and by.surely_stops else "warning"
    effect = "the node is in FAULT and takes over nothing" if faults else "its weight counts against the node"
    said = f"{keyword} of {by.block.argument} stops HAProxy on {member.node.name}, and the check {name} asks for it: "
    instead = f"let HAProxy run on every node: take it out of {keyword}"
    return Found(member.node.at(by.line), f"{said}{effect}.", instead, severity)
