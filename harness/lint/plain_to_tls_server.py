"""Servers at the port of HTTPS that get plain HTTP."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_server import servers
from harness.site.server_settings import settings

_HTTPS: Final = 443


@rule(
    "warning",
    outage="Servers answer 400, or their check fails and customers get 503.",
    experiment="none: it shows at the start",
)
def plain_to_tls_server(pair: Pair) -> Iterator[Found]:
    """In `mode http` HAProxy speaks plain HTTP to a server unless its line has `ssl` (configuration manual, 5.2), and a
    server at port 443 expects TLS. In `mode tcp` the customers' own TLS is passed on. A warning: a server may speak
    plain HTTP at any port."""
    yield from once(found for node in pair.nodes for found in _plain(node))


def _plain(node: PairNode) -> Iterator[Found]:
    backends = dict.fromkeys(backend for each in customers(node) for backend in node.haproxy.backends(each))
    for server in (server for backend in backends if backend.http for server in servers(backend)):
        if server.address.ports[0] == _HTTPS and "ssl" not in settings(server.settings):
            yield Found(
                place(node, server.line),
                f"HAProxy speaks plain HTTP to {server.name} at port 443, which expects TLS.",
                "ssl verify required ca-file FILE on the server's line",
            )
