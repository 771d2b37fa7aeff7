"""`nopreempt` or `preempt_delay` beside `state MASTER`."""

from collections.abc import Iterator

from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule


@rule("warning", outage="The VIP moves back when the preferred node returns: a second outage.", experiment="power_cut")
def state_master_nopreempt(pair: Pair) -> Iterator[Found]:
    """keepalived clears both where the instance begins as MASTER, and says so: vrrp_complete_instance() in vrrp.c.

    Three of 60 public files have it. `state` counts for the first moment only; the priority decides afterwards.
    """
    for router in pair.routers:
        for member in router.members:
            for keyword in _cleared(member):
                yield Found(
                    member.line(keyword),
                    f"{member.node.name} begins as MASTER, so keepalived clears {keyword}: after a return it takes the "
                    "VIP back at once.",
                    "state BACKUP on all nodes",
                )


def _cleared(member: Member) -> list[str]:
    block = member.block
    if block is None or block.last("state") != "MASTER":
        return []
    return [keyword for keyword in ("nopreempt", "preempt_delay") if block.find(keyword)]
