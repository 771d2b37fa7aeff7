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
    without it; an instance of IPv6 sends and hears no advert. A later line for the card itself counts more than
    conf.all. Source: Linux, Documentation/networking/ip-sysctl.rst, disable_ipv6."""
    yield from once(found for router in pair.routers for member in router.members for found in _without(member))


def _without(member: Member) -> Iterator[Found]:
    settings = sysctl_lines(member.node.site)
    for vip in (*member.instance.vips, *member.instance.excluded):
        said = _of(settings, vip_card(member, vip)) if ":" in vip.address else None
        if said and said.value == "1":
            yield Found(
                member.node.at_path(said.path, said.line),
                f"{member.node.name} has IPv6 switched off, and keepalived is to set {vip.address} there: it cannot.",
                "disable_ipv6 = 0, at least of the card",
            )
            return


def _of(settings: dict[str, Sysctl], card: str) -> Sysctl | None:
    return settings.get(f"net.ipv6.conf.{card}.disable_ipv6") or settings.get("net.ipv6.conf.all.disable_ipv6")
