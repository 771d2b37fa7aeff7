"""A route by the server name of TLS that is asked before the name has come."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, has_conditions, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import binds
from harness.site.haproxy_condition import samples
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine

_OF_THE_HELLO: Final = ("req.ssl_sni", "req_ssl_sni", "req.ssl_hello_type", "req_ssl_hello_type", "req.ssl_alpn")


@rule(
    "warning",
    outage="Customers get the default backend, or none, whatever name they asked for.",
    experiment="none: it shows at the start",
)
def sni_not_awaited(pair: Pair) -> Iterator[Found]:
    """In `mode tcp` HAProxy chooses a backend at once, and the client's hello with its server name may come later. It
    waits where `tcp-request inspect-delay` says for how long, and a rule `tcp-request content` asks for the hello:
    `tcp-request content accept if { req.ssl_hello_type 1 }`. A warning: by chance the hello may be there. Source:
    HAProxy's configuration manual, 4.2 "tcp-request inspect-delay" and 7.3.5 "req.ssl_sni"."""
    yield from once(found for node in pair.nodes for found in _early(node))


def _early(node: PairNode) -> Iterator[Found]:
    for frontend in (each for each in customers(node) if not each.http and not _waits(each)):
        for line in frontend.all("use_backend"):
            if _asks_for_hello(frontend, line) and not has_conditions(node, line):
                yield Found(
                    place(node, line),
                    f"{frontend.kind} {frontend.name} chooses a backend by the server name of TLS and does not wait "
                    "for it: the rule is asked before the client's hello has come, and does not match.",
                    "tcp-request inspect-delay 5s, and tcp-request content accept if { req.ssl_hello_type 1 }",
                )
                break


def _asks_for_hello(frontend: HaproxySection, line: HaproxyLine) -> bool:
    asked = samples(frontend, line)
    return any(each in asked for each in _OF_THE_HELLO)


def _waits(frontend: HaproxySection) -> bool:
    """`defer-accept`: the kernel hands a connection over when its first bytes have come."""
    delay = frontend.last("tcp-request", "inspect-delay")
    deferred = all("defer-accept" in each.line.words for each in binds(frontend))
    return deferred or (delay is not None and frontend.last("tcp-request", "content") is not None)
