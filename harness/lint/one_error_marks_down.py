"""One bad answer to a customer takes a server out."""

from collections.abc import Iterator

from harness.lint._frontends import customers, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_server import HaproxyServer

_FEW = 2


@rule(
    "warning",
    outage="A customer whose request fails everywhere takes all servers out: 503 for all.",
    experiment="none: it shows at the first such request",
)
def one_error_marks_down(pair: Pair) -> Iterator[Found]:
    """`observe layer7` counts an answer of 500, 502, 503 or 504 to any customer as an error of the server, and
    `error-limit` such answers one after the other, with `on-error mark-down`, take it out. With a limit of one or two,
    one request that the application cannot serve, sent to each server in turn, takes all of them out. Source: HAProxy's
    configuration manual, 5.2 "observe", "error-limit" and "on-error"."""
    yield from once(found for node in pair.nodes for found in _touchy(node))


def _touchy(node: PairNode) -> Iterator[Found]:
    for frontend in customers(node):
        for server in node.haproxy.servers(frontend):
            limit = _value(server, "error-limit")
            down = _value(server, "observe") == "layer7" and _value(server, "on-error") == "mark-down"
            if down and limit.isdecimal() and int(limit) <= _FEW:
                yield Found(
                    place(node, server.line),
                    f"{limit} bad answer{'s' if limit != '1' else ''} of {server.name} to customers take it out: a "
                    "request that fails on every server takes all of them out, one after the other.",
                    "error-limit 50, or no observe layer7",
                )


def _value(server: HaproxyServer, keyword: str) -> str:
    """The later one counts."""
    pairs = zip(server.settings, server.settings[1:], strict=False)
    return next(reversed([value for word, value in pairs if word == keyword]), "")
