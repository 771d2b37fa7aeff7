"""A frontend that answers every customer itself, though it has servers."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, has_conditions, place, proxies
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_condition import HaproxyRequest, holds
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine

_ANSWERS: Final = ("return", "use-service")
_OTHERWISE: Final = ("allow", "deny", "tarpit", "reject", "redirect", "silent-drop")
_ANY: Final = HaproxyRequest(None)


@rule(
    "warning",
    outage="Every customer gets the same page, and no server a request.",
    experiment="none: it shows at the start",
)
def servers_never_asked(pair: Pair) -> Iterator[Found]:
    """`http-request return` without a condition, or with one that each request meets, such as a page for checks whose
    condition was forgotten, or one of a maintenance: no rule behind it, and no server, is reached (configuration
    manual, 4.2 "http-request return"). Judged are frontends with servers and the backend to which all goes; rules
    before it that let some requests pass (allow) are no finding. A warning: it may be meant so."""
    yield from once(found for node in pair.nodes for found in _idle(node))


def _idle(node: PairNode) -> Iterator[Found]:
    for frontend in (each for each in customers(node) if each.http):
        for proxy in proxies(node, frontend):
            if (line := _answers_all(proxy)) and not has_conditions(node, line):
                yield Found(
                    place(node, line),
                    f"{proxy.kind} {proxy.name} answers every request itself by `{' '.join(line.words)}`: its servers "
                    "get none.",
                    "a condition, such as if { path /alive }",
                )


def _answers_all(proxy: HaproxySection) -> HaproxyLine | None:
    """The first rule that ends all, if it answers."""
    for line in (each for each in (*proxy.inherited, *proxy.lines) if each.word(0) == "http-request"):
        if line.word(1) == "allow":
            return None
        if line.word(1) in (*_ANSWERS, *_OTHERWISE) and holds(proxy, line, _ANY):
            return line if line.word(1) in _ANSWERS else None
    return None
