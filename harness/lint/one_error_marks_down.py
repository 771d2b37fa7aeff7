"""One bad answer to a customer takes a server out."""

from collections.abc import Iterator

from harness.lint._frontends import customers, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_server import HaproxyServer, servers

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
    backends = dict.fromkeys(each for frontend in customers(node) for each in node.haproxy.backends(frontend))
    for backend in backends:
        every = [each for each in servers(backend) if _is_touchy(each)]
        if every:
            number, names = _value(every[0], "error-limit"), ", ".join(each.name for each in every)
            yield Found(
                place(node, every[0].line),
                f"{number} bad answer{'s' if number != '1' else ''} to customers take out a server of {backend.name} "
                f"({names}): a request that fails on every server takes out one after the other.",
                "error-limit 50, or no observe layer7",
            )


def _is_touchy(server: HaproxyServer) -> bool:
    limit = _value(server, "error-limit")
    down = _value(server, "observe") == "layer7" and _value(server, "on-error") == "mark-down"
    return down and limit.isdecimal() and int(limit) <= _FEW


def _value(server: HaproxyServer, keyword: str) -> str:
    """The later one counts."""
    pairs = zip(server.settings, server.settings[1:], strict=False)
    return next(reversed([value for word, value in pairs if word == keyword]), "")
