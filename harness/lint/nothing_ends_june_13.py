"""Nothing corrects the caches of routers after a short partition."""

from collections.abc import Iterator

from harness.lint._lines import seconds
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule


@rule(
    "note",
    outage="After a blip of the network, or a frozen machine, routers send the VIP's packets to a standby, for good.",
    experiment="freeze",
)
def nothing_ends_june_13(pair: Pair) -> Iterator[Found]:
    """A standby that takes over for a moment announces itself; the master that never knew of it announces nothing.

    Of keepalived's settings only garp_master_refresh ends it always, within its period; vrrp_higher_prio_send_advert
    ends it if the one advert arrives. Measured: docs/june-13.md, "What prevents it". keepalived #166, #542, #1927.
    """
    for router in pair.routers:
        silent = [member for member in router.members if not member.instance.garp_master_refresh_ns]
        if silent and len(router.members) > 1:
            yield _silent(silent)


def _silent(members: list[Member]) -> Found:
    first = members[0].instance
    names = " and ".join(member.node.name for member in members)
    later = f" and {seconds(first.garp_master_delay_ns)} later" if first.garp_master_delay_ns else ""
    helps = ", and vrrp_higher_prio_send_advert helps only if its one advert arrives"
    return Found(
        members[0].node.at(members[0].block),
        f"{first.name} on {names} announces itself at a takeover{later}, then never again"
        f"{helps if first.higher_prio_send_advert else ''}.",
        "vrrp_garp_master_refresh 10 in global_defs: one more broadcast for each VIP every 10 s",
    )
