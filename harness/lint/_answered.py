"""Who answers what a check script asks: the balancer of the node, or the servers behind it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from harness.lint._asks import Ask, is_socket
from harness.lint._checks import Check, checks
from harness.lint._frontends import own_addresses, vips
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._sockets import plain
from harness.site.haproxy_answer import answer
from harness.site.haproxy_bind import HaproxyBind, binds, ip
from harness.site.haproxy_condition import HaproxyRequest
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import HaproxyServer


class ServersAsked(NamedTuple):
    """`through`: the frontend that passes it on; None: the check asks a server itself.

    `sure`: it fails when all servers are down; else only while they are slow, since HAProxy's own 503 satisfies it.
    """

    check: Check
    ask: Ask
    through: HaproxySection | None
    servers: tuple[HaproxyServer, ...]
    sure: bool


def servers_asked(pair: Pair, member: Member) -> Iterator[ServersAsked]:
    """The checks of this instance that servers answer. What cannot be told is left out."""
    for check in checks(member):
        if found := next(_of_servers(pair, member.node, check), None):
            yield found


def _of_servers(pair: Pair, node: PairNode, check: Check) -> Iterator[ServersAsked]:
    for ask in check.asks:
        if not at_balancer(pair, node, ask):
            direct = tuple(each for each in _all_servers(node) if same_host(pair, each.address.name, ask.host))
            if direct:
                yield ServersAsked(check, ask, None, direct, sure=True)
        elif frontend := passed_to_servers(node, ask):
            sure = ask.strict or not frontend.http
            yield ServersAsked(check, ask, frontend, node.haproxy.servers(frontend), sure=sure)


def passed_to_servers(node: PairNode, ask: Ask) -> HaproxySection | None:
    """The frontend of this node that lets servers answer; None if HAProxy does so, or if that cannot be told."""
    found = taken_by(node, ask)
    return found[0] if found and _passes(node, *found, ask) else None


def unheard(pair: Pair, node: PairNode, check: Check) -> Ask | None:
    """What it asks of this node where no ``bind`` takes it. None if any of it is heard, or if that cannot be told."""
    if not check.asks or not node.haproxy.frontends or any(_unread(each) for each in node.haproxy.frontends):
        return None
    deaf = all(_is_port_of(pair, node, each) and not _heard(node, each) for each in check.asks)
    return check.asks[0] if deaf else None


def _is_port_of(pair: Pair, node: PairNode, ask: Ask) -> bool:
    return ask.host != "" and ask.port != 0 and at_balancer(pair, node, ask)


def _unread(frontend: HaproxySection) -> bool:
    """A port that is given by a variable, or a line that is no address."""
    return any(not each.address.socket and each.address.ports == (0, 0) for each in binds(frontend))


def _heard(node: PairNode, ask: Ask) -> bool:
    """By a frontend, or perhaps by what other lines name the port: a socket of statistics, a peer."""
    hosts = ("127.0.0.1", "::1") if ask.host == "localhost" else (ask.host,)
    return any(taken_by(node, ask._replace(host=host)) for host in hosts) or _named_elsewhere(node, ask.port)


def _named_elsewhere(node: PairNode, port: int) -> bool:
    lines = (line for section in node.haproxy.sections for line in section.lines)
    others = (line for line in lines if line.words[0] not in ("bind", "server", "server-template"))
    return any(re.search(rf":{port}(?!\d)", word) for line in others for word in line.words)


def server_here(node: PairNode, port: int) -> HaproxyServer | None:
    """A server that runs on the balancer itself: it answers there, whether HAProxy lives or not."""
    local = {"localhost", node.name, *own_addresses(node)}
    found = (each for each in _all_servers(node) if each.address.has(port) and _is_here(each.address.name, local))
    return next(found, None)


def _is_here(host: str, local: set[str]) -> bool:
    found = ip(host)
    return host in local or (found is not None and found.is_loopback)


def _passes(node: PairNode, frontend: HaproxySection, bind: HaproxyBind, ask: Ask) -> bool:
    """A connection ends at HAProxy itself; so does the handshake of TLS, where HAProxy has the certificate."""
    if ask.kind == "connect" or (ask.kind == "tls" and (bind.ssl or frontend.http)):
        return False
    return answer(node.haproxy, frontend, HaproxyRequest(ask.path, bind.ssl)) == "servers"


def taken_by(node: PairNode, ask: Ask) -> tuple[HaproxySection, HaproxyBind] | None:
    """The one that takes it. An address of its own goes before a wildcard, as in the kernel."""
    asked = "127.0.0.1" if ask.host == "localhost" else ask.host
    found = [
        (frontend, bind)
        for frontend in node.haproxy.frontends
        for bind in binds(frontend)
        if _takes(bind, asked, ask.port)
    ]
    return min(found, key=lambda each: each[1].address.every, default=None)


def _takes(bind: HaproxyBind, host: str, port: int) -> bool:
    if bind.address.socket or is_socket(host):
        family, _, path = bind.address.name.rpartition("@")
        own = f"@{path}" if family.startswith("abns") else plain(path)
        return bind.address.socket and plain(host).endswith(own)  # `unix-bind prefix` goes before it
    return bind.address.has(port) and (ip(host) is None or bind.covers(host))


def at_balancer(pair: Pair, node: PairNode, ask: Ask) -> bool:
    """Is it asked of this node, by a socket too, or at a VIP?

    A host that is not known is taken for this node: what else a check asks has a name or an address.
    """
    host = pair.site.hosts.get(ask.host, ask.host)
    found = ip(host)
    here = found is not None and (found.is_loopback or str(found) in {*own_addresses(node), *vips(pair)})
    return host in ("", "localhost", node.name) or here or is_socket(host)


def _all_servers(node: PairNode) -> Iterator[HaproxyServer]:
    for frontend in node.haproxy.frontends:
        yield from node.haproxy.servers(frontend)


def same_host(pair: Pair, name: str, host: str) -> bool:
    """Are they one, by pair.toml's hosts?"""
    return pair.site.hosts.get(name, name) == pair.site.hosts.get(host, host)
