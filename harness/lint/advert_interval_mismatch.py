"""Nodes that send adverts at different intervals."""

from collections.abc import Iterator

from harness.lint._lines import seconds
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule


@rule("error", outage="Every node is master of the same address, for good.", experiment="none: it shows at the start")
def advert_interval_mismatch(pair: Pair) -> Iterator[Found]:
    """Under VRRPv2 a node drops an advert whose interval is not its own: RFC 3768 section 7.1.

    Under version 3 a backup takes the master's interval (RFC 9568 section 6.4.2), so there it is a note.
    """
    for router in pair.routers:
        first = router.preferred
        for member in router.members[1:]:
            if member.instance.version != first.instance.version:
                continue
            if member.instance.advert_int_ns != first.instance.advert_int_ns:
                yield _mismatch(first, member)


def _mismatch(first: Member, member: Member) -> Found:
    said = (
        f"{member.node.name} sends adverts every {seconds(member.instance.advert_int_ns)}, {first.node.name} every "
        f"{seconds(first.instance.advert_int_ns)}"
    )
    instead = f"advert_int {first.instance.advert_int_ns / 1e9:g}"
    if member.instance.version == 3:
        return Found(member.line("advert_int"), f"{said}: a backup takes the master's.", instead, "note")
    return Found(member.line("advert_int"), f"{said}: each drops the other's, and both are master.", instead)
