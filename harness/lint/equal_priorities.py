"""Nodes of the same priority."""

from collections.abc import Iterator
from itertools import pairwise

from harness.lint._election import Contender, contenders
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.model.keepalived import ADDRESS_OWNER


@rule(
    "warning",
    outage="Chance decides which node has the VIP: the first to send an advert; after a partition, the higher address.",
    experiment="vrrp_lost",
)
def equal_priorities(pair: Pair) -> Iterator[Found]:
    """Of two masters of the same priority the one with the higher address stays: RFC 9568 section 6.4.3.

    One file for both nodes has it, unless something in it differs by node. Two owners (priority 255) never give way to
    each other: that is an error.
    """
    for router in pair.routers:
        for one, other in pairwise(contenders(router)):
            if one.rest == other.rest and one.node != other.node:
                yield _equal(one, other)


def _equal(one: Contender, other: Contender) -> Found:
    said = f"{one.node} and {other.node} both have priority {other.rest}"
    if other.rest == ADDRESS_OWNER:
        return Found(other.member.line("priority"), f"{said}: both are master, for good.", "priority 100", "error")
    effective = "" if other.rest == other.member.instance.priority else " with the weights of what succeeds"
    return Found(
        other.member.line("priority"),
        f"{said}{effective}: neither is preferred.",
        f"priority {max(1, other.member.instance.priority - 10)} on {other.node} (in one file for both: @NODE lines)",
    )
