"""A unicast peer that sends from another address than the one that is listed, where that is looked at."""

from collections.abc import Iterator

from harness.lint._lines import of_globals
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule


@rule("error", outage="A node never hears the other one's adverts: both have the address.", experiment="power_cut")
def unicast_source_not_listed(pair: Pair) -> Iterator[Found]:
    """With `check_unicast_src` (in global_defs: vrrp_check_unicast_src) keepalived drops what comes from an address
    that is not among its unicast peers. Found where the other node's unicast_src_ip is not. Source: keepalived.conf(5).
    """
    for router in pair.routers:
        for hearing in (each for each in router.members if _looks(each)):
            listed = [peer.address for peer in hearing.instance.unicast_peers]
            for sending in router.members:
                source = sending.instance.source if sending.node is not hearing.node else ""
                if listed and source and source not in listed:
                    yield _found(hearing, sending, listed)


def _looks(member: Member) -> bool:
    own = member.block.find("check_unicast_src") if member.block else None
    return bool(own or of_globals(member.node, "vrrp_check_unicast_src"))


def _found(hearing: Member, sending: Member, listed: list[str]) -> Found:
    return Found(
        sending.line("unicast_src_ip", "unicast_peer"),
        f"{sending.node.name} sends its adverts from {sending.instance.source}; {hearing.node.name} checks the source, "
        f"and lists {', '.join(listed)}: it hears none of them.",
        f"{sending.instance.source} among the unicast peers of {hearing.node.name}",
    )
