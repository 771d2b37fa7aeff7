"""Customers of https who are sent to https, for ever."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import has_conditions, outside, place, proxies
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_condition import HaproxyRequest, holds
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine

_BY_TLS: Final = HaproxyRequest(None, ssl=True)
_ENDS: Final = ("return", "deny", "tarpit", "reject", "silent-drop", "use-service", "redirect")


@rule("error", outage="Browsers of https customers end with an error.", experiment="none: it shows at the start")
def redirect_to_itself(pair: Pair) -> Iterator[Found]:
    """`redirect scheme https` without `unless { ssl_fc }` on a frontend with a bind that ends TLS: the answer to https
    is to ask https again. Found where the redirect depends on nothing but TLS, also in the backend to which all goes.
    A condition on anything else, such as a header, is taken as meant. Source: HAProxy's configuration manual,
    redirect."""
    yield from once(found for node in pair.nodes for found in _turned(node))


def _turned(node: PairNode) -> Iterator[Found]:
    for frontend in (each for each in node.haproxy.frontends if each.http):
        bind = next((each for each in outside(frontend) if each.ssl), None)
        for proxy in proxies(node, frontend) if bind else ():
            if (line := _redirects(proxy)) and not has_conditions(node, line):
                yield Found(
                    place(node, line),
                    f"{proxy.kind} {proxy.name} sends every customer to https, also those who come by https: "
                    f"{frontend.name} ends TLS at {bind.line.word(1) if bind else ''}.",
                    f"{' '.join(line.words)} unless {{ ssl_fc }}",
                )


def _redirects(proxy: HaproxySection) -> HaproxyLine | None:
    """The first rule that ends all requests by TLS, if it sends them to https."""
    every = (*proxy.inherited, *proxy.lines)
    rules = [line for line in every if line.word(0) == "http-request" and line.word(1) in (*_ENDS, "allow")]
    for line in (*rules, *(line for line in every if line.word(0) == "redirect")):  # in HAProxy's own order
        if line.word(1) == "allow":
            return None
        if holds(proxy, line, _BY_TLS):
            words = line.words[1:] if line.word(0) == "http-request" else line.words
            return line if words[:3] == ("redirect", "scheme", "https") else None
    return None
