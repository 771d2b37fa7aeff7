"""Servers that together take fewer connections than the site's stated load."""

from collections.abc import Iterator

from harness.lint._frontends import customers, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import HaproxyServer, servers
from harness.site.server_settings import settings


@rule(
    "warning",
    outage="At the peak requests wait in the backend's queue, and get 503 after timeout queue.",
    experiment="session_flood",
)
def servers_below_load(pair: Pair) -> Iterator[Found]:
    """`maxconn` of a server limits the connections to it; what is more waits in a queue, no longer than `timeout
    queue`, or `timeout connect` without one (HAProxy's configuration manual, 5.2 and 4.2). The load is
    load.open_sessions of pair.toml. Judged are frontends with one backend, all servers of which have a maxconn; backup
    servers are left out. A warning: an idle session of HTTP takes no place at a server."""
    load = pair.site.load.open_sessions
    yield from once(found for node in pair.nodes if load for found in _small(node, load))


def _small(node: PairNode, load: int) -> Iterator[Found]:
    for frontend in customers(node):
        backends = node.haproxy.backends(frontend)
        if len(backends) == 1 and (limited := _limits(backends[0])):
            places = sum(limited.values())
            if places < load:
                first = next(iter(limited))
                yield Found(
                    place(node, first.line),
                    f"The {len(limited)} servers of {backends[0].name} take {places} connections together, and the "
                    f"stated load is {load} sessions: the rest waits in the queue.",
                    f"maxconn {-(-load // len(limited))} for each server, if they bear it",
                )


def _limits(backend: HaproxySection) -> dict[HaproxyServer, int]:
    """Empty if one of them has no limit, or a number of servers that is not known."""
    active = [each for each in servers(backend) if not each.backup and "disabled" not in each.settings]
    found = {each: settings(each.settings).get("maxconn", "") for each in active}
    sure = all(said.isdecimal() and int(said) and each.line.begins("server") for each, said in found.items())
    return {each: int(said) for each, said in found.items()} if sure else {}
