"""What HAProxy of a node offers at a VIP: ports, and the servers to which they lead."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.lint._frontends import own_addresses
from harness.lint._pair import PairNode, Router
from harness.site.haproxy_bind import HaproxyBind, binds, ip
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import HaproxyServer, servers

FEW = 100  # a wider range is no list of services


class Offer(NamedTuple):
    """A port that a node takes at a VIP."""

    node: PairNode
    frontend: HaproxySection
    bind: HaproxyBind

    @property
    def servers(self) -> tuple[HaproxyServer, ...]:
        return self.node.haproxy.servers(self.frontend)

    @property
    def backends(self) -> tuple[HaproxySection, ...]:
        return self.node.haproxy.backends(self.frontend)


def offers(node: PairNode, vip: str) -> dict[int, Offer]:
    """Port → the first bind that takes it there, one of the VIP's own before a wildcard."""
    every = [(frontend, bind) for frontend in node.haproxy.frontends for bind in at(frontend, vip)]
    found: dict[int, Offer] = {}
    for frontend, bind in sorted(every, key=lambda each: each[1].address.every):
        first, last = bind.address.ports
        if first and last - first < FEW:
            for port in range(first, last + 1):
                found.setdefault(port, Offer(node, frontend, bind))
    return found


def offered_twice(router: Router) -> Iterator[tuple[Offer, Offer, str, int]]:
    """(of the preferred node, of another one, VIP, port) of every port that both take."""
    first, *others = router.members
    for member in others:
        for vip in (each for each in first.addresses if each in member.addresses):
            theirs = offers(member.node, vip)
            for port, offer in offers(first.node, vip).items():
                if port in theirs and member.node is not first.node:
                    yield offer, theirs[port], vip, port


def backends_twice(one: Offer, other: Offer) -> Iterator[tuple[HaproxySection, HaproxySection]]:
    """Those that have the same name on both nodes; of a name that one node alone has, those with a common server."""
    ours, theirs = ({each.name for each in offer.backends} for offer in (one, other))
    for here in one.backends:
        for there in other.backends:
            renamed = here.name not in theirs and there.name not in ours
            if here.name == there.name or (renamed and _servers(one, here) & _servers(other, there)):
                yield here, there


def _servers(offer: Offer, backend: HaproxySection) -> set[str]:
    return {where(offer.node, each) for each in servers(backend) if is_known(each)}


def at(frontend: HaproxySection, vip: str) -> Iterator[HaproxyBind]:
    return (bind for bind in binds(frontend) if not bind.address.socket and bind.covers(vip))


def where(node: PairNode, server: HaproxyServer) -> str:
    """Address and port. Of one on the node itself, whatever its address is, ``this node``: all nodes may have that."""
    address = server.address
    here = server.local or address.host in own_addresses(node) or address.name == node.name
    port = "" if address.ports == (0, 0) else f":{address.ports[0]}"
    host = f"[{address.name}]" if ":" in address.name else address.name
    return f"{'this node' if here else host}{port}"


def is_known(server: HaproxyServer) -> bool:
    """Not where a variable gives the address."""
    return "$" not in server.address.name and "%" not in server.address.name


def same_port_twice(one: HaproxyBind, other: HaproxyBind) -> bool:
    """Do both take connections of one address, port and card?"""
    ours, theirs = one.address, other.address
    overlap = ours.ports[0] <= theirs.ports[1] and theirs.ports[0] <= ours.ports[1] and ours.ports[0] > 0
    return overlap and one.interface == other.interface and _same_host(one, other)


def _same_host(one: HaproxyBind, other: HaproxyBind) -> bool:
    """An address goes before a wildcard, and an IPv6 wildcard that takes IPv4 too leaves it to one of IPv4."""
    found = ip(one.address.host)
    return found is not None and found == ip(other.address.host)


def is_read(node: PairNode) -> bool:
    """Does no variable and no name stand for an address or a port at which it listens?"""
    every = [bind for frontend in node.haproxy.frontends for bind in binds(frontend)]
    return all(each.address.socket or (each.address.ports != (0, 0) and not _named(each)) for each in every)


def _named(bind: HaproxyBind) -> bool:
    """It may be this VIP."""
    return bool(bind.address.name) and ip(bind.address.name) is None and not bind.address.every
