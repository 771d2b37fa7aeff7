"""Two frontends at one port."""

from collections.abc import Iterator
from itertools import combinations

from harness.lint._conditional import conditional
from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._served import same_port_twice
from harness.site.haproxy_bind import HaproxyBind, binds, ip
from harness.site.haproxy_section import HaproxySection


@rule(
    "error",
    outage="The kernel gives each new connection to one of the two: customers of both meet the wrong site by turns.",
    experiment="none: it shows at the start",
)
def port_bound_twice(pair: Pair) -> Iterator[Found]:
    """HAProxy sets SO_REUSEPORT, so that an old and a new process can have one port during a reload. Two frontends with
    the same address and port are bound as well, `haproxy -c` says nothing of it, and the kernel spreads connections
    over both (socket(7)). A wildcard beside one address is sound: the address goes first. Left out are binds within
    ``.if``, and QUIC beside TCP. Where both lead to the same servers it is no finding."""
    yield from once(found for node in pair.nodes for found in _clashes(node))


def _clashes(node: PairNode) -> Iterator[Found]:
    for one, other in combinations(_bound(node), 2):
        if one[0] is not other[0] and _clash(node, one, other):
            yield _found(node, one, other)


def _bound(node: PairNode) -> list[tuple[HaproxySection, HaproxyBind]]:
    every = [(frontend, bind) for frontend in node.haproxy.frontends for bind in binds(frontend)]
    return [(frontend, bind) for frontend, bind in every if not conditional(node, bind.line)]


def _clash(node: PairNode, one: tuple[HaproxySection, HaproxyBind], other: tuple[HaproxySection, HaproxyBind]) -> bool:
    alike = _datagrams(one[1]) == _datagrams(other[1]) and same_port_twice(one[1], other[1])
    return alike and node.haproxy.backends(one[0]) != node.haproxy.backends(other[0])


def _datagrams(bind: HaproxyBind) -> bool:
    return bind.line.word(1).startswith(("quic", "udp", "dgram"))


def _found(node: PairNode, one: tuple[HaproxySection, HaproxyBind], other: tuple[HaproxySection, HaproxyBind]) -> Found:
    port = max(one[1].address.ports[0], other[1].address.ports[0])
    host = ip(one[1].address.host)
    at = f"port {port}" if one[1].address.every else f"port {port} of {host}"
    return Found(
        place(node, other[1].line),
        f"{one[0].kind} {one[0].name} and {other[0].kind} {other[0].name} both bind {at} on {node.name}: the kernel "
        "gives each of them a share of the connections, whatever is asked.",
        "one frontend with use_backend for each site, or an address of its own for each",
    )
