"""A server that is a socket of this HAProxy, under another name than the bind's."""

from collections.abc import Iterator

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import binds
from harness.site.haproxy_server import HaproxyServer, servers


@rule(
    "error",
    outage="What goes through that server is refused on every node.",
    experiment="none: it shows at the start",
)
def server_socket_of_no_bind(pair: Pair) -> Iterator[Found]:
    """One HAProxy may pass connections to itself, by a socket: `server loop unix@/run/x.sock` and `bind
    unix@/run/x.sock`. Found where the server's socket is no bind's and one of the binds' sockets is no server's: a name
    is misspelt, or was changed in one place. A socket alone may be another program's. Below `chroot` the server's path
    is a shorter one. Source: HAProxy's configuration manual, 5.1 bind and 5.2 server."""
    yield from once(found for node in pair.nodes for found in _unheard(node))


def _unheard(node: PairNode) -> Iterator[Found]:
    heard = {_name(bind.address.name) for each in node.haproxy.frontends for bind in binds(each) if bind.address.socket}
    asked = [each for each in _servers(node) if each.address.socket]
    idle = [each for each in sorted(heard) if not any(_same(each, _name(server.address.name)) for server in asked)]
    for server in (each for each in asked if not any(_same(own, _name(each.address.name)) for own in heard)):
        if idle:
            yield Found(
                place(node, server.line),
                f"server {server.name} is the socket {_name(server.address.name)}, at which no bind listens; a bind "
                f"listens at {idle[0]}, which no server names.",
                f"server {server.name} {idle[0]}",
            )


def _servers(node: PairNode) -> Iterator[HaproxyServer]:
    for section in node.haproxy.sections:
        if section.kind in ("backend", "listen"):
            yield from servers(section)


def _name(text: str) -> str:
    return text.removeprefix("unix@")


def _same(bound: str, asked: str) -> bool:
    """A path below `chroot`, or with the prefix of `unix-bind`, ends alike; a variable may be anything."""
    return "$" in bound + asked or bound.endswith(asked) or asked.endswith(bound)
