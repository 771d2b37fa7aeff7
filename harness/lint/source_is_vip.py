"""HAProxy asks its servers from an address that only one node has."""

from collections.abc import Iterator

from harness.lint._frontends import place, vips
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import address
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import HaproxyServer, servers
from harness.site.haproxy_text import HaproxyLine
from harness.site.server_settings import settings


@rule(
    "warning",
    outage="On the standby all servers are DOWN; after a takeover customers get 503 until they have risen.",
    experiment="power_cut",
)
def source_is_vip(pair: Pair) -> Iterator[Found]:
    """`source VIP` lets HAProxy connect to servers from the VIP, checks of servers included (configuration manual, 4.2
    "source"). On the node that does not have it the connection cannot be made, or with ip_nonlocal_bind the answers go
    to the other node: each server is DOWN there. After a takeover it takes `inter` × `rise` until they are UP. Found
    where a server with a check is asked so. A warning, since the outage is short."""
    yield from once(found for node in pair.nodes for found in _from_vip(pair, node))


def _from_vip(pair: Pair, node: PairNode) -> Iterator[Found]:
    for backend in (each for each in node.haproxy.sections if each.kind in ("backend", "listen")):
        for server in (each for each in servers(backend) if each.check):
            line, host = _source(backend, server)
            if host in vips(pair):
                yield Found(
                    place(node, line),
                    f"HAProxy on {node.name} asks {server.name} of {backend.name} from {host}, which only the master "
                    "has: on the standby each check of it fails, and it is DOWN.",
                    "the node's own address, or no source",
                )


def _source(backend: HaproxySection, server: HaproxyServer) -> tuple[HaproxyLine, str]:
    """The line that gives it, and the address; "" for none."""
    own = settings(server.settings).get("source", "")
    line = backend.last("source")
    if own or line is None:
        return server.line, address(own).host if own else ""
    return line, address(line.word(1)).host
