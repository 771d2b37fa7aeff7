"""HAProxy takes minutes to take a dead server out."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, place
from harness.lint._lines import once, seconds
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.units import s
from harness.site.haproxy_server import servers

_LONG_NS: Final = 60 * s


@rule(
    "warning",
    outage="A dead server keeps its share of the customers for minutes.",
    experiment="killed: --service api",
)
def dead_server_kept(pair: Pair) -> Iterator[Found]:
    """inter + (fall - 1) x fastinter (configuration manual, 5.2): by default 2 s and 3 times. Found above a minute,
    where a backend has other servers that could take over."""
    yield from once(found for node in pair.nodes for found in _late(node))


def _late(node: PairNode) -> Iterator[Found]:
    backends = dict.fromkeys(backend for each in customers(node) for backend in node.haproxy.backends(each))
    for backend in backends:
        every = list(servers(backend))
        late = [each for each in every if each.check and each.detection_ns > _LONG_NS]
        if late and len(every) > 1:
            yield Found(
                place(node, late[0].line),
                f"HAProxy takes {late[0].name} of {backend.name} out {seconds(late[0].detection_ns)} after it died: so "
                "long it gets its share of the customers.",
                "inter 2s fall 3, or observe layer4 with error-limit",
            )
