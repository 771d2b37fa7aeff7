"""Nodes that send their adverts to different multicast groups."""

from collections.abc import Iterator

from harness.lint._lines import of_globals
from harness.lint._pair import Member, Pair
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.model.keepalived_records import read_records


@rule("error", outage="Every node is master of the same address, for good.", experiment="none: it shows at the start")
def multicast_group_mismatch(pair: Pair) -> Iterator[Found]:
    """A node joins its own group only (224.0.0.18 by default), so it hears nothing that goes to another.

    Source: keepalived.conf(5), vrrp_mcast_group4 and mcast_dst_ip.
    """
    for router in pair.routers:
        first = router.preferred
        for member in router.members[1:]:
            ours, theirs = _group(first), _group(member)
            if ours and theirs and ours != theirs:
                yield Found(
                    _place(member),
                    f"{member.node.name} sends to the multicast group {theirs}, {first.node.name} to {ours}: neither "
                    "hears the other, and both are master.",
                    f"the group {ours} on all nodes",
                )


def _group(member: Member) -> str:
    """As the dump tells it; "" for unicast, and where there is no dump."""
    prefix = "Multicast address "
    for record in read_records(member.node.examined.dump).records:
        if (record.kind, record.name) == ("VRRP Instance", member.instance.name):
            told = (line.text for line in record.lines if line.text.startswith(prefix))
            return next(told, "").removeprefix(prefix).partition(",")[0]
    return ""


def _place(member: Member) -> Place:
    own = member.block.find("mcast_dst_ip") if member.block else None
    return member.node.at(own or of_globals(member.node, "vrrp_mcast_group4", "vrrp_mcast_group6") or member.block)
