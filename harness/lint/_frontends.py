"""Frontends of a node that customers use, and where their binds lead."""

from collections.abc import Iterator

from harness.lint._pair import Member, Pair, PairNode
from harness.lint._place import Place
from harness.model.vrrp_instance import VrrpAddress
from harness.site.haproxy_bind import HaproxyAddress, HaproxyBind, binds, ip
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine


def place(node: PairNode, line: HaproxyLine) -> Place:
    return node.at_path(line.path, line.number)


def customers(node: PairNode) -> Iterator[HaproxySection]:
    """Those that pass to servers and listen on more than the loopback: neither a page of statistics nor a monitor."""
    for frontend in node.haproxy.frontends:
        passes = node.haproxy.servers(frontend) or any("%" in line.word(1) for line in frontend.all("use_backend"))
        if passes and any(outside(frontend)):
            yield frontend


def proxies(node: PairNode, frontend: HaproxySection) -> Iterator[HaproxySection]:
    """Those whose rules judge every request to it: itself, and the only backend that it has."""
    yield frontend
    default = frontend.last("default_backend")
    if default and not any(frontend.all("use_backend")) and (backend := node.haproxy.backend(default.word(1))):
        yield backend


def outside(frontend: HaproxySection) -> Iterator[HaproxyBind]:
    """Its binds that are no socket, and on more than the loopback."""
    return (bind for bind in binds(frontend) if not _inside(bind.address))


def has_cfg(node: PairNode) -> bool:
    """Did it bring a haproxy.cfg, whatever stands in it?"""
    return any(file.path.startswith("/etc/haproxy/") and file.path.endswith(".cfg") for file in node.site.files)


def has_conditions(node: PairNode, line: HaproxyLine) -> bool:
    """May ``.if`` of its file leave the line out (configuration manual, 2.4)? Lines of both branches are read."""
    file = node.site.file(line.path)
    return file is not None and ".if" in file.text.split()


def _inside(address: HaproxyAddress) -> bool:
    found = ip(address.host)
    return address.socket or (found is not None and found.is_loopback)


def own_addresses(node: PairNode) -> set[str]:
    """Of its cards, without prefix length."""
    return {each.split("/")[0] for card in node.site.cards.values() for each in card}


def vip_card(member: Member, vip: VrrpAddress) -> str:
    """The card at which it is announced. Of a vmac its cable."""
    return member.instance.base_interface if vip.device == member.instance.interface else vip.device


def vips(pair: Pair) -> dict[str, None]:
    """All that move, in order."""
    return {address: None for router in pair.routers for member in router.members for address in member.addresses}
