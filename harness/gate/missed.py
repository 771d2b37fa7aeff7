"""How long it takes until the other nodes miss a dead node by their own checks, beside its adverts. Pure.

A check that asks for the other node fails with it, and puts the node that has just taken over into FAULT: some seconds
after the takeover no node has the address.
"""

import re
from collections.abc import Iterator
from typing import Final

from harness import lint
from harness.checks import stays
from harness.lint import Check, Member, Pair, Router
from harness.model.running_keepalived import TrackScript

_ASKS: Final = re.compile(r"(?<![\w.-])(?:/\S*/)?(?:curl|wget|nc|ncat|netcat)(?=\s)")
"""Programs whose questions `lint.checks` reads. Of them it is known whether they stay on the node."""


def missed_ns(pair: Pair, router: Router, dead: str) -> int:
    """Of the slowest check of a node other than `dead` that may look beyond its own node; 0 if there is none."""
    others = (member for member in router.members if member.node.name != dead)
    return max((_failed_ns(script) for member in others for script in _beyond(pair, member)), default=0)


def _beyond(pair: Pair, member: Member) -> Iterator[TrackScript]:
    for check in lint.checks(member):
        text = lint.text_of(member.node, check.script.command)
        if not stays(_ASKS.sub("true", text) if _asks_here(pair, member, check, text) else text):
            yield check.script


def _asks_here(pair: Pair, member: Member, check: Check, text: str) -> bool:
    """Does its own balancer answer all that it asks? A VIP may be the other node's. Not each question can be read."""
    here = {"localhost", "127.0.0.1", "::1", member.node.name, *lint.own_addresses(member.node)}
    local = all(each.host in here or lint.is_socket(each.host) for each in check.asks)
    return local and len(_ASKS.findall(text)) <= len(check.asks) and lint.beyond(pair, member, check) is None


def _failed_ns(script: TrackScript) -> int:
    """A run begins up to an interval after the fault, and waits until keepalived ends it, at its timeout.

    keepalived from 2.3.3 on (its pull request 2563) leaves out a run that is due until the last one has ended. Without
    a timeout that is the interval, so each second run is left out.
    """
    waits = script.timeout_ns or script.interval_ns
    period = (waits // script.interval_ns + 1) * script.interval_ns
    return script.interval_ns + (script.fall - 1) * period + waits
