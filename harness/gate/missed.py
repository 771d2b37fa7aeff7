"""How long it takes until the other nodes miss a dead node by their own checks, beside its adverts. Pure.

A check that asks for the other node fails with it, and puts the node that has just taken over into FAULT: some seconds
after the takeover no node has the address.
"""

from harness import lint
from harness.checks import stays
from harness.lint import Member, Router
from harness.model.running_keepalived import TrackScript


def missed_ns(router: Router, dead: str) -> int:
    """Of the slowest check of a node other than `dead` that looks beyond its own node; 0 if there is none."""
    others = (member for member in router.members if member.node.name != dead)
    return max((_failed_ns(script) for member in others for script in _beyond(member)), default=0)


def _beyond(member: Member) -> list[TrackScript]:
    scripts = (check.script for check in lint.checks(member))
    return [each for each in scripts if not stays(lint.text_of(member.node, each.command))]


def _failed_ns(script: TrackScript) -> int:
    """Each run may wait until keepalived ends it: at its timeout, or when the next one is due."""
    waits = script.timeout_ns or script.interval_ns
    return script.fall * max(script.interval_ns, waits) + waits
