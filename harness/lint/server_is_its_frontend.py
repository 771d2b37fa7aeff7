"""A server line that leads back to the frontend from which it comes."""

from collections.abc import Iterator

from harness.lint._frontends import customers, own_addresses, place, vips
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import binds
from harness.site.haproxy_section import HaproxySection


@rule(
    "error",
    outage="Each request goes round through HAProxy until no session is left.",
    experiment="none: it shows at the start",
)
def server_is_its_frontend(pair: Pair) -> Iterator[Found]:
    """A server whose address, or that of its name in `[hosts]`, is the VIP, the node itself or its loopback, at a port
    that the same frontend binds: what comes in goes out to where it came from. The other node's address beside it is no
    loop: it may be meant as a second chance. Two frontends in a row, such as one for TLS before one for HTTP, are
    sound."""
    yield from once(found for node in pair.nodes for found in _loops(pair, node))


def _loops(pair: Pair, node: PairNode) -> Iterator[Found]:
    here = {*own_addresses(node), *vips(pair), "127.0.0.1", "::1"}
    for frontend in customers(node):
        for server in node.haproxy.servers(frontend):
            host, port = server.address.name, server.address.ports[0]
            known = pair.site.hosts.get(host, server.address.host)
            if known in here and _leads_back(frontend, known, port):
                where = f"{host}:{port} ({known})" if host in pair.site.hosts else f"{host}:{port}"
                yield Found(
                    place(node, server.line),
                    f"{server.name} is {where}, which {frontend.kind} {frontend.name} itself binds on {node.name}"
                    ": each request comes back as a new one, until no session is left.",
                    "the address of a server",
                )


def _leads_back(frontend: HaproxySection, host: str, port: int) -> bool:
    return port > 0 and any(each.address.has(port) and each.covers(host) for each in binds(frontend))
