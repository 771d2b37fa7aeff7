"""A route of a frontend behind one that takes every request."""

from collections.abc import Iterator

from harness.lint._frontends import customers, has_conditions, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_condition import HaproxyRequest, holds
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine

_ANY = HaproxyRequest(None)


@rule(
    "warning",
    outage="Customers of the later route get the other servers, on every node.",
    experiment="none: it shows at the start",
)
def route_never_reached(pair: Pair) -> Iterator[Found]:
    """The first `use_backend` whose condition holds decides, in the order of the file. One without a condition, or
    with one that each request meets (`path_beg /`), takes all that come to it: what stands behind it leads nowhere
    else. A warning: it may be left over. Source: HAProxy's configuration manual, 4.2 "use_backend"."""
    yield from once(found for node in pair.nodes for found in _unreached(node))


def _unreached(node: PairNode) -> Iterator[Found]:
    for frontend in customers(node):
        taking = _takes_all(node, frontend)
        routes = list(frontend.all("use_backend"))
        behind = routes[routes.index(taking) + 1 :] if taking else []
        if taking and (lost := next((each for each in behind if each.word(1) != taking.word(1)), None)):
            yield Found(
                place(node, taking),
                f"{frontend.kind} {frontend.name}: `{' '.join(taking.words)}` takes every request that comes to it, so "
                f"`{' '.join(lost.words)}` on line {lost.number} is never reached.",
                f"put it behind line {lost.number}, or make it the default_backend",
            )


def _takes_all(node: PairNode, frontend: HaproxySection) -> HaproxyLine | None:
    routes = (each for each in frontend.all("use_backend") if "%" not in each.word(1))
    return next((each for each in routes if holds(frontend, each, _ANY) and not has_conditions(node, each)), None)
