"""HAProxy waits for a word of a server that speaks only when it is asked."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import servers
from harness.site.haproxy_text import HaproxyLine
from harness.site.health_check import check_option

_SILENT: Final = {
    80: "HTTP", 389: "LDAP", 443: "HTTPS", 636: "LDAP by TLS", 2181: "ZooKeeper", 5432: "PostgreSQL", 5671: "AMQP",
    5672: "AMQP", 6379: "Redis", 6380: "Redis", 8080: "HTTP", 9042: "Cassandra", 9092: "Kafka", 11211: "memcached",
    26379: "Redis", 27017: "MongoDB",
}  # fmt: skip


@rule(
    "warning",
    outage="No server is ever UP: customers get 503, or are refused.",
    experiment="none: it shows at the start",
)
def health_check_never_asks(pair: Pair) -> Iterator[Found]:
    """`tcp-check expect` before any `tcp-check send`: right for servers that greet, as SMTP, IMAP, SSH and MySQL do. A
    server of Redis, HTTP or LDAP says nothing until it is asked, so each check ends with its timeout. A warning: told
    by the usual port alone. Source: HAProxy's configuration manual, 4.2 "tcp-check expect"."""
    yield from once(found for node in pair.nodes for found in _waiting(node))


def _waiting(node: PairNode) -> Iterator[Found]:
    backends = dict.fromkeys(each for frontend in customers(node) for each in node.haproxy.backends(frontend))
    for backend in backends:
        line = _first_waits(backend)
        spoken = next(filter(None, (_speaks(each) for each in _ports(backend, line))), "") if line else ""
        if line and spoken:
            yield Found(
                place(node, line),
                f"The check of {backend.kind} {backend.name} waits for an answer and has asked nothing; {spoken} says "
                "nothing by itself: the servers are never UP.",
                "a tcp-check send before it",
            )


def _first_waits(backend: HaproxySection) -> HaproxyLine | None:
    """Its first rule that speaks or listens, if that one listens."""
    option = check_option(backend)
    rules = (*backend.inherited, *backend.lines) if option and option.word(1) == "tcp-check" else ()
    talk = (line for line in rules if line.word(0) == "tcp-check" and line.word(1).startswith(("send", "expect")))
    first = next(talk, None)
    return first if first and first.word(1) == "expect" else None


def _ports(backend: HaproxySection, line: HaproxyLine) -> Iterator[int]:
    """Those at which that line listens: of the connection that is opened last before it."""
    rules = (*backend.inherited, *backend.lines)
    opened = [each for each in rules[: rules.index(line)] if each.begins("tcp-check", "connect")]
    said = opened[-1].figure("port") if opened else None
    for server in servers(backend):
        yield said or server.check_port or server.address.ports[0]


def _speaks(port: int) -> str:
    return _SILENT.get(port, "")
