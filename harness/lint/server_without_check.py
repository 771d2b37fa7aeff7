"""Servers that get customers whether they live or not."""

from collections.abc import Iterator

from harness.lint._frontends import customers, place
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import HaproxyServer, servers


@rule(
    "warning",
    outage="A dead server keeps its share of the customers: each of them waits for timeout connect, and most fail.",
    experiment="killed: --service api",
)
def server_without_check(pair: Pair) -> Iterator[Found]:
    """Without `check` on its line or in default-server, HAProxy takes a server as alive for ever (configuration manual,
    5.2 "check"). `track` and `agent-check` count as checks. Not judged: a server that is alone in its backend, and the
    only `backup` of others, where a check changes little; sockets or addresses of the balancer itself."""
    for node in pair.nodes:
        backends = dict.fromkeys(backend for each in customers(node) for backend in node.haproxy.backends(each))
        for backend in backends:
            if blind := _blind(backend):
                names = ", ".join(server.name for server in blind)
                yield Found(
                    place(node, blind[0].line),
                    f"HAProxy does not ask whether {names} of backend {backend.name} lives: customers go there also "
                    "when it is dead.",
                    " ".join([*blind[0].line.words, "check"]),
                )


def _blind(backend: HaproxySection) -> list[HaproxyServer]:
    every = list(servers(backend))
    last = [server for server in every if server.backup]
    judged = [server for server in every if len(last) != 1 or server not in last]
    return [server for server in judged if not server.check and not server.local] if len(every) > 1 else []
