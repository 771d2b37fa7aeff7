"""HAProxy asks its servers for a page at a port that does not speak HTTP."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import HaproxyServer, servers
from harness.site.server_settings import settings

_SPOKEN: Final = {
    21: "FTP", 22: "SSH", 25: "SMTP", 53: "DNS", 110: "POP3", 143: "IMAP", 389: "LDAP", 465: "SMTP by TLS",
    636: "LDAP by TLS", 993: "IMAP by TLS", 995: "POP3 by TLS", 1433: "TDS (SQL Server)", 3306: "MySQL",
    5432: "PostgreSQL", 5671: "AMQP by TLS", 5672: "AMQP", 6379: "Redis", 11211: "memcached", 26379: "Redis",
    27017: "MongoDB",
}  # fmt: skip
_CHECKS: Final = (
    "httpchk", "ssl-hello-chk", "tcp-check", "mysql-check", "pgsql-check", "redis-check", "ldap-check", "smtpchk",
    "spop-check",
)  # fmt: skip
_INSTEAD: Final = "port NUMBER on the server's line, where its HTTP check answers, or the check of that protocol"
_BY_TLS: Final = {443: "HTTPS", 6443: "HTTPS (Kubernetes)"}


@rule(
    "warning",
    outage="No server is ever UP: customers get 503, or are refused.",
    experiment="none: it shows at the start",
)
def health_check_of_other_protocol(pair: Pair) -> Iterator[Found]:
    """`option httpchk` sends an HTTP request to the port of the server, or to `port` of its line if there is one, as
    clustercheck (9200) and Patroni (8008) need it. A database or a mail server answers with something else, and HAProxy
    takes it for DOWN; so does a server that expects TLS there, without `check-ssl`. A warning: told by the usual port
    alone. Source: HAProxy's configuration manual, 4.2 "option httpchk" and 5.2 "port"."""
    yield from once(found for node in pair.nodes for found in _misunderstood(node))


def _misunderstood(node: PairNode) -> Iterator[Found]:
    backends = dict.fromkeys(each for frontend in customers(node) for each in node.haproxy.backends(frontend))
    for backend in (each for each in backends if _asks_a_page(each)):
        for server in (each for each in servers(backend) if each.check):
            if spoken := _speaks(backend, server):
                yield Found(
                    place(node, server.line),
                    f"{backend.kind} {backend.name} asks {server.name} for an HTTP page at port {_port(server)}, which "
                    f"usually speaks {spoken}: the server is never UP.",
                    "check-ssl on the server's line" if _port(server) in _BY_TLS else _INSTEAD,
                )


def _asks_a_page(backend: HaproxySection) -> bool:
    """The last option that says how to check counts: `option ssl-hello-chk` after `option httpchk`."""
    lines = (line.word(1) for line in (*backend.inherited, *backend.lines) if line.word(0) == "option")
    last = next(reversed([each for each in lines if each in _CHECKS]), "")
    return last == "httpchk" and backend.option("httpchk") is not None


def _port(server: HaproxyServer) -> int:
    return server.check_port or server.address.ports[0]


def _speaks(backend: HaproxySection, server: HaproxyServer) -> str:
    """ "" for HTTP, and for what a rule of its own connection says (`http-check connect`)."""
    said = settings(server.settings)
    if "check" not in said or "track" in said or backend.last("http-check", "connect"):
        return ""
    tls = "check-ssl" in said or ("ssl" in said and not server.check_port)
    return _SPOKEN.get(_port(server), "") or ("" if tls else _BY_TLS.get(_port(server), ""))
