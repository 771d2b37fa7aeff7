"""What customers ask of each VIP: what the site says (`probe`), else what its haproxy.cfg listens for there.

Pure. Of several frontends of one VIP one is asked: TLS before plain HTTP, which often only redirects to it.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, ip_address
from typing import Final

from harness.gate.place import Asked
from harness.lint import Pair, PairNode
from harness.model.endpoint import endpoint
from harness.model.errors import BadValue
from harness.site.haproxy import Haproxy
from harness.site.haproxy_bind import HaproxyBind, binds
from harness.site.haproxy_section import HaproxySection

MOST: Final = 6
"""Customers: each is a process of its own, and two cores must serve all of them."""
_SCHEMES: Final = ("https", "http", "tcp")


def asks(pair: Pair) -> tuple[Asked, ...]:
    """One for each VIP that HAProxy serves, `MOST` at most; each VIP of another virtual router first.

    Raises `BadValue` as `probed` does.
    """
    return _every(pair)[:MOST]


def unasked(pair: Pair) -> dict[str, str]:
    """IPv4 VIP that no customer asks → why. Raises `BadValue` as `probed` does."""
    every = [each.vip for each in _every(pair)]
    silent = 'HAProxy listens on no port of it for customers, and no probe = ["http://…"] says what they ask'
    late = f"beyond the {MOST} VIPs that are asked"
    return {vip: late if vip in every else silent for vip in _in_turn(pair) if vip not in every[:MOST]}


def silent_ports(pair: Pair, asked: Iterable[Asked]) -> Iterator[str]:
    """Ports of an asked VIP that other customers use, and none of ours asks: SAFE says nothing of them."""
    for vip, question in asked:
        own, node = endpoint(question).port, _preferred(pair, vip)
        for ports in dict.fromkeys(bind.address.ports for _, bind in _bound(node.haproxy, vip)):
            if set(ports) != {own}:
                last = f" to {ports[1]}" if ports[1] > ports[0] else ""
                yield f"customers of {vip} at port {ports[0]}{last}: one port of each VIP is asked"


def _every(pair: Pair) -> tuple[Asked, ...]:
    said = probed(pair)
    found = {}
    for vip in _in_turn(pair):
        if vip not in found and (asked := said.get(vip) or _guessed(pair, vip)):
            found[vip] = Asked(vip, asked)
    return tuple(found.values())


def probed(pair: Pair) -> dict[str, str]:
    """VIP → what the site says that its customers ask there; a host name is looked up in ``[hosts]``.

    Raises `BadValue` for a probe that names no VIP of the pair, and for the second one of a VIP.
    """
    addresses = {name.lower(): address for name, address in pair.site.hosts.items()}
    vips = set(_in_turn(pair))
    found: dict[str, str] = {}
    for each in pair.site.probe:
        host = endpoint(each, vantage="probe").host.lower()
        vip = addresses.get(host, host)
        if vip not in vips:
            known = ", ".join(sorted(vips))
            raise BadValue("probe", each, f"a URL with a VIP of the pair ({known}) or its name in hosts")
        if vip in found:
            raise BadValue("probe", each, f"one URL for each VIP: {vip} has {found[vip]!r} already")
        found[vip] = each
    return found


def _in_turn(pair: Pair) -> list[str]:
    """IPv4 addresses: the first of each router, then the second of each …"""
    lists = [[each for each in router.preferred.addresses if _is_ipv4(each)] for router in pair.routers]
    longest = max(map(len, lists), default=0)
    return [each[n] for n in range(longest) for each in lists if n < len(each)]


def _is_ipv4(text: str) -> bool:
    return isinstance(ip_address(text), IPv4Address)


def _guessed(pair: Pair, vip: str) -> str:
    """From the preferred node's haproxy.cfg; "" if nothing there listens on the VIP for customers."""
    listening = ((_scheme(*each), each[1].address.ports[0]) for each in _bound(_preferred(pair, vip).haproxy, vip))
    found = sorted(listening, key=lambda each: _SCHEMES.index(each[0]))
    if not found:
        return ""
    scheme, port = found[0]
    return f"{scheme}://{vip}:{port}" + ("/" if scheme != "tcp" else "")


def _preferred(pair: Pair, vip: str) -> PairNode:
    return next(router.preferred.node for router in pair.routers if vip in router.preferred.addresses)


def _bound(haproxy: Haproxy, vip: str) -> Iterator[tuple[HaproxySection, HaproxyBind]]:
    """Each frontend with servers behind it, and where it listens: neither a page of statistics nor a monitor."""
    for frontend in haproxy.frontends:
        if haproxy.servers(frontend):
            yield from ((frontend, bind) for bind in binds(frontend) if bind.covers(vip) and bind.address.ports[0])


def _scheme(frontend: HaproxySection, bind: HaproxyBind) -> str:
    if not frontend.http:
        return "tcp"
    return "https" if bind.ssl else "http"
