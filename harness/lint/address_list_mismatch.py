"""An address of a virtual router that one of its nodes does not have."""

from collections.abc import Iterator

from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule


@rule("error", outage="After a takeover the address is on no node.", experiment="power_cut")
def address_list_mismatch(pair: Pair) -> Iterator[Found]:
    """keepalived 2.3 says that it expected another number of addresses, and takes the advert nevertheless.

    Older versions drop it, and all nodes are master (keepalived #1603, #1515). Source: vrrp_in_chk() in vrrp.c.
    """
    for router in pair.routers:
        for member in router.members:
            if missing := _missing(router, member):
                yield _found(router, member, missing)


def _missing(router: Router, member: Member) -> list[str]:
    """What the others of its VRID have; `one-instance-alone` and `vrid-mismatch` tell of other VRIDs."""
    same = [each for each in router.members if each.instance.vrid == member.instance.vrid]
    everywhere = dict.fromkeys(address for each in same for address in each.addresses)
    own = {
        address for each in router.members if each.node is member.node for address in each.addresses
    }  # in whichever instance
    return [address for address in everywhere if address not in own]


def _found(router: Router, member: Member, missing: list[str]) -> Found:
    having = next(each for each in router.members if missing[0] in each.addresses)
    named = ", ".join(missing)
    return Found(
        member.line("virtual_ipaddress"),
        f"{member.node.name} does not have {named}, which {having.node.name} has: after a takeover "
        f"{'it is' if len(missing) == 1 else 'they are'} on no node.",
        f"{named} in virtual_ipaddress of {member.node.name} too",
    )
