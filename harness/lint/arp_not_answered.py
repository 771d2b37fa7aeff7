"""A kernel setting with which a node answers no ARP."""

from collections.abc import Iterator

from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._sysctls import sysctl_lines

_NEVER = "8"


@rule("error", outage="The node has the address, and no client finds it.", experiment="power_cut")
def arp_not_answered(pair: Pair) -> Iterator[Found]:
    """arp_ignore = 8: no request for any address of the card is answered. It comes from the set-up of LVS's real
    servers. Gratuitous ARP keeps caches that know the address for a while; a client that asks anew gets no answer. The
    greater of conf.all and conf.CARD counts. Source: Linux, Documentation/networking/ip-sysctl.rst."""
    yield from once(found for router in pair.routers for member in router.members for found in _silent(member))


def _silent(member: Member) -> Iterator[Found]:
    cards = {member.instance.base_interface, *(vip.device for vip in member.instance.vips)}
    settings = sysctl_lines(member.node.site)
    for name in ("all", *sorted(cards)):
        said = settings.get(f"net.ipv4.conf.{name}.arp_ignore")
        if said and said.value == _NEVER:
            yield Found(
                member.node.at_path(said.path, said.line),
                f"{member.node.name} answers no ARP with arp_ignore = 8: once it has the address, no client finds it.",
                "arp_ignore = 1, or 0",
            )
