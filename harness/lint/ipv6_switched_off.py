"""An IPv6 VIP on a node without IPv6."""

from collections.abc import Iterator

from harness.lint._frontends import vip_card
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._sysctls import Sysctl, sysctl_lines


@rule("error", outage="The IPv6 address is on no node once the other one has failed.", experiment="power_cut")
def ipv6_switched_off(pair: Pair) -> Iterator[Found]:
    """disable_ipv6 = 1: the card takes no IPv6 address. keepalived gets "Permission denied" for its VIP and goes on
    without it; an instance of IPv6 sends and hears no advert. `all` is written into each card
    that is there, and a line for the card overwrites it: which of the two is last depends on the boot, so it is found
    where they agree. A warning where pair.toml lists an IPv6 address of the card, since a network service may switch
    IPv6 on, and of a vmac, which keepalived makes later. Source: Linux, Documentation/networking/ip-sysctl.rst,
    disable_ipv6, and addrconf_disable_ipv6() in net/ipv6/addrconf.c."""
    yield from once(found for router in pair.routers for member in router.members for found in _without(member))


def _without(member: Member) -> Iterator[Found]:
    settings = sysctl_lines(member.node.site)
    for vip in (*member.instance.vips, *member.instance.excluded):
        card = vip_card(member, vip)
        said = _of(settings, card) if ":" in vip.address else None
        if said and said.value == "1":
            yield Found(
                member.node.at_path(said.path, said.line),
                f"{member.node.name} has IPv6 switched off, and keepalived is to set {vip.address} there: it cannot.",
                "disable_ipv6 = 0, at least of the card",
                "warning" if member.instance.vmac or _has_ipv6(member, card) else None,
            )
            return


def _of(settings: dict[str, Sysctl], card: str) -> Sysctl | None:
    own, every = (settings.get(f"net.ipv6.conf.{each}.disable_ipv6") for each in (card, "all"))
    return None if own and every and own.value != every.value else own or every


def _has_ipv6(member: Member, card: str) -> bool:
    return any(":" in each for each in member.node.site.cards.get(card, ()))
