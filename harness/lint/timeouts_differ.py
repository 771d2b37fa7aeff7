"""A node that waits far shorter than the other."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, Router
from harness.lint._rule import Found, rule
from harness.lint._served import Offer, backends_twice, offered_twice
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import duration

_MUCH: Final = 3
_OF_FRONTENDS: Final = ("client", "http-request")
_OF_BACKENDS: Final = ("connect", "server", "queue", "tunnel")


@rule(
    "warning",
    outage="After a takeover requests fail that were served before: 408, 504, or a connection that is cut.",
    experiment="power_cut",
)
def timeouts_differ(pair: Pair) -> Iterator[Found]:
    """A timeout was raised where reports took too long, and not on the standby. Compared are the timeouts of frontends
    at the same port of a VIP and of their backends. Found where one is three times the other or more. Source: HAProxy's
    configuration manual, 4.2 "timeout server" and others."""
    yield from once(found for router in pair.routers for found in _differences(router))


def _differences(router: Router) -> Iterator[Found]:
    for one, other, _, _ in offered_twice(router):
        yield from _compared(one, other, one.frontend, other.frontend, _OF_FRONTENDS)
        for here, there in backends_twice(one, other):
            yield from _compared(one, other, here, there, _OF_BACKENDS)


def _compared(
    one: Offer, other: Offer, here: HaproxySection, there: HaproxySection, names: tuple[str, ...]
) -> Iterator[Found]:
    for name in names:
        lines = [(offer.node, proxy.last("timeout", name)) for offer, proxy in ((one, here), (other, there))]
        known = [(duration(line.word(2), 0), node, line) for node, line in lines if line]
        if len(known) == len(lines):
            (short, node, line), (long, having, _) = sorted(known, key=lambda each: each[0])
            if short and long >= _MUCH * short:
                yield Found(
                    place(node, line),
                    f"timeout {name} is {line.word(2)} on {node.name}, and at least {_MUCH} times as long on "
                    f"{having.name}: after a takeover slow requests fail.",
                    "the same timeouts on all nodes",
                )
