"""A bind with a certificate and without `ssl`."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import binds

_OF_TLS: Final = ("crt", "crt-list")


@rule(
    "error", outage="Customers speak TLS to a port that takes plain requests.", experiment="none: it shows at the start"
)
def crt_without_ssl(pair: Pair) -> Iterator[Found]:
    """`crt` loads a certificate, and `ssl` alone makes the port speak TLS (configuration manual, 5.1 "ssl"). HAProxy
    starts, says so in a warning, and answers a handshake with 400."""
    yield from once(found for node in pair.nodes for found in _plain(node))


def _plain(node: PairNode) -> Iterator[Found]:
    lines = dict.fromkeys(bind.line for frontend in node.haproxy.frontends for bind in binds(frontend))
    for line in lines:
        if set(_OF_TLS) & set(line.words) and "ssl" not in line.words and not line.word(1).startswith("quic"):
            yield Found(
                place(node, line),
                f"bind {line.word(1)} of {node.name} has a certificate and no ssl: the port takes plain connections.",
                f"bind {line.word(1)} ssl crt {line.after('crt') or line.after('crt-list')}",
            )
