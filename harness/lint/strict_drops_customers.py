"""The node has the VIP and drops what is sent to it."""

from collections.abc import Iterator

from harness.lint._lines import of_globals
from harness.lint._pair import Member, Pair
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.model.keepalived import ADDRESS_OWNER


@rule(
    "error",
    outage="State, address and ARP look right, and no customer is served.",
    experiment="none: it shows at the start",
)
def strict_drops_customers(pair: Pair) -> Iterator[Found]:
    """Strict VRRP lets only the owner of an address (priority 255) accept packets for it: RFC 5798, Accept_Mode.

    keepalived then adds a firewall rule that drops them (keepalived #2319, #474); `no_accept` does the same. `accept`
    lifts it under version 3 only. Source: vrrp_complete_instance() in vrrp.c.
    """
    for router in pair.routers:
        for member in router.members:
            instance = member.instance
            if not instance.accept and instance.priority != ADDRESS_OWNER:
                yield Found(
                    _place(member),
                    f"{instance.name} of {member.node.name} does not accept packets for its VIPs (priority "
                    f"{instance.priority}, not 255): keepalived drops what customers send.",
                    "no vrrp_strict, no strict_mode and no no_accept",
                )


def _place(member: Member) -> Place:
    own = member.block.find("no_accept", "strict_mode") if member.block else None
    return member.node.at(own or of_globals(member.node, "vrrp_strict") or member.block)
