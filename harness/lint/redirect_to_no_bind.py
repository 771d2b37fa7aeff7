"""Customers who are sent to https, where nothing listens."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, place, vips
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import binds
from harness.site.haproxy_text import HaproxyLine

_TLS: Final = 443
_PLAIN: Final = (
    "", "unless { ssl_fc }", "if !{ ssl_fc }", "if ! { ssl_fc }",
)  # fmt: skip


@rule("warning", outage="Each customer is sent to a port that refuses.", experiment="none: it shows at the start")
def redirect_to_no_bind(pair: Pair) -> Iterator[Found]:
    """`redirect scheme https` sends to port 443 of the same host. Found where no bind of the node takes that port at a
    VIP, and where the redirect depends on nothing but ssl_fc: a header such as X-Forwarded-Proto means that TLS ends
    before HAProxy. A warning: something else may have the port. Source: HAProxy's configuration manual, redirect."""
    yield from once(found for node in pair.nodes for found in _sent_away(pair, node))


def _sent_away(pair: Pair, node: PairNode) -> Iterator[Found]:
    every = [bind for frontend in node.haproxy.frontends for bind in binds(frontend)]
    unread = any(not bind.address.socket and bind.address.ports == (0, 0) for bind in every)
    if unread or any(bind.address.has(_TLS) and any(bind.covers(vip) for vip in vips(pair)) for bind in every):
        return
    for frontend in customers(node):
        for line in (each for each in frontend.lines if _redirects(each)):
            said = f"HAProxy on {node.name} sends customers to https, and none of its binds has port {_TLS} of a VIP."
            yield Found(place(node, line), said, "bind *:443 ssl crt /etc/haproxy/certs/site.pem")


def _redirects(line: HaproxyLine) -> bool:
    words = line.words[1:] if line.words[0] == "http-request" else line.words
    conditions = [number for number, word in enumerate(words) if word in ("if", "unless")]
    condition = " ".join(words[conditions[0] :]) if conditions else ""
    return words[:3] == ("redirect", "scheme", "https") and condition in _PLAIN
