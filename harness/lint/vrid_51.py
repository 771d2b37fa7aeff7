"""The virtual router ID of the guides."""

from collections.abc import Iterator
from typing import Final

from harness.lint._pair import Pair
from harness.lint._rule import Found, rule

_OF_THE_GUIDES: Final = 51


@rule("note", outage="A stranger on the segment with the same VRID takes the VIP away.", experiment="vrrp_stranger")
def vrid_51(pair: Pair) -> Iterator[Found]:
    """51 is the VRID of most guides and of 22 in 60 public files: another pair on the segment may have it too.

    Two pairs with one VRID hear each other's adverts: keepalived #138, #2444. `tcpdump -n vrrp` shows who speaks.
    """
    for router in pair.routers:
        if router.preferred.instance.vrid == _OF_THE_GUIDES:
            yield Found(
                router.preferred.line("virtual_router_id"),
                f"{router.name} has virtual_router_id 51, which most guides have: look for others on the segment.",
                "a number that no other pair on the segment has",
            )
