"""An interval of adverts that VRRPv2 cannot have."""

from collections.abc import Iterator

from harness.lint._lines import seconds
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.model.errors import BadValue
from harness.model.units import s


@rule("warning", outage="A takeover takes longer than the file says.", experiment="power_cut")
def vrrpv2_rounding(pair: Pair) -> Iterator[Found]:
    """VRRPv2 counts whole seconds (RFC 3768 section 5.3.7), at least one: keepalived rounds, and says so.

    Source: vrrp_complete_instance() in keepalived/vrrp/vrrp.c.
    """
    for router in pair.routers:
        for member in router.members:
            written = _written(member)
            if member.instance.version == 2 and written % s:
                yield Found(
                    member.line("advert_int"),
                    f"advert_int {written / s:g} under VRRPv2 becomes {seconds(member.instance.advert_int_ns)} on "
                    f"{member.node.name}.",
                    "vrrp_version 3 in global_defs of all nodes",
                )


def _written(member: Member) -> int:
    """In ns; 0 if it is not written, or no number."""
    try:
        return round(member.block.number(0, "advert_int") * s) if member.block else 0
    except BadValue:  # keepalived's message tells of it
        return 0
