"""Gratuitous ARP that comes too late for some addresses."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from harness.lint._lines import of_globals, once, seconds
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.keepalived import Block
from harness.model.units import s

_LATE_S: Final = 5


@rule(
    "warning",
    outage="After a takeover routers go on to send to the old node, until the last address is announced.",
    experiment="garp_lost",
)
def announcements_held_back(pair: Pair) -> Iterator[Found]:
    """vrrp_garp_interval is the least time between two gratuitous ARP messages of a card, and vrrp_gna_interval between
    two unsolicited neighbour adverts: with many addresses the last one is announced that often later. Found above 5 s.
    Source: keepalived.conf(5), vrrp_garp_interval."""
    yield from once(found for node in pair.nodes for found in _late(node))


def _late(node: PairNode) -> Iterator[Found]:
    for keyword, family in (("vrrp_garp_interval", 4), ("vrrp_gna_interval", 6)):
        line = of_globals(node, keyword)
        count = max(_addresses(node, family).values(), default=0)
        waits = _number(line) * (count - 1)
        if line and waits > _LATE_S:
            yield Found(
                node.at(line),
                f"{keyword} {line.argument} lets one announcement out at a time: of {count} addresses of one card, the "
                f"last is announced {seconds(round(waits * s))} after a takeover at best.",
                f"{keyword} 0.001",
            )


def _addresses(node: PairNode, family: int) -> Counter[str]:
    every = (vip for each in node.running.instances for vip in (*each.vips, *each.excluded))
    return Counter(vip.device for vip in every if (":" in vip.address) == (family == 6))


def _number(line: Block | None) -> float:
    try:
        return float(line.argument) if line else 0
    except ValueError:  # keepalived says it
        return 0
