"""Nodes whose passwords differ."""

from collections.abc import Iterator

from harness.lint._lines import below
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule

_COMPARED = 8


@rule("error", outage="Every node is master of the same address, for good.", experiment="none: it shows at the start")
def auth_mismatch(pair: Pair) -> Iterator[Found]:
    """A node drops adverts of another type of authentication or another password; eight characters are compared.

    VRRPv3 has no authentication. Source: vrrp_in_chk() in keepalived/vrrp/vrrp.c; RFC 2338 section 5.3.6.
    """
    for router in pair.routers:
        first = router.preferred
        for member in router.members[1:]:
            if member.instance.version == first.instance.version == 2 and (how := _differ(first, member)):
                yield Found(
                    below(member, "authentication", "auth_pass"),
                    f"{first.node.name} and {member.node.name} {how}: each drops the other's adverts, both are master.",
                    "the same auth_type and auth_pass on all nodes",
                )


def _differ(one: Member, other: Member) -> str:
    if one.instance.authentication != other.instance.authentication:
        kinds = [each.instance.authentication or "no authentication" for each in (one, other)]
        return f"authenticate by {kinds[0]} and {kinds[1]}"
    if one.instance.password[:_COMPARED] != other.instance.password[:_COMPARED]:
        return "have passwords that differ within the first eight characters"
    return ""
