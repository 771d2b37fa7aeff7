"""A takeover that takes minutes by the pair's own timers."""

from collections.abc import Iterator
from typing import Final

from harness.lint._bounds import bounds
from harness.lint._lines import seconds
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.model.units import s

_LONG_NS: Final = 60 * s


@rule("warning", outage="No customer is served for more than a minute.", experiment="killed")
def takeover_slow(pair: Pair) -> Iterator[Found]:
    """The time until another node has the addresses follows from advert_int, and for a dead HAProxy from interval and
    fall of the checks that move them; the formula is told. Found above a minute: guides have 4 to 33 s."""
    for router in pair.routers:
        found = bounds(router)
        limits = (("the node", found.peer_dead), ("HAProxy", found.haproxy_dead)) if found else ()
        for what, limit in limits:
            if limit and limit.ns > _LONG_NS:
                yield Found(
                    router.preferred.node.at(router.preferred.block),
                    f"After {what} has died, {router.name} takes {seconds(limit.ns)} to another node: {limit.formula}.",
                    "interval 2, fall 2 and advert_int 1 give about 8 s",
                )
                break
