"""A node that takes far fewer sessions than the other."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.lint._served import Offer, offered_twice
from harness.site.haproxy_limit import SessionLimit, session_limit

_MUCH: Final = 2
"""What is nearer may be two machines of different size."""


@rule(
    "warning",
    outage="After a takeover the node is full: new customers wait unseen in the kernel's backlog.",
    experiment="session_flood",
)
def session_limits_differ(pair: Pair) -> Iterator[Found]:
    """A limit was raised on the node that was full, and not on its standby. Compared is the smallest limit that holds
    at each port of a VIP: maxconn of its binds, of the frontend and of global. Found where one is twice the other or
    more. Where pair.toml states the load, `session-limit-below-load` compares with that. Source: HAProxy's
    configuration manual, 4.2 "maxconn"."""
    both = (each for router in pair.routers for each in offered_twice(router))
    yield from once(found for one, other, _, port in both for found in _compared(pair, one, other, port))


def _compared(pair: Pair, one: Offer, other: Offer, port: int) -> Iterator[Found]:
    limits = [session_limit(each.node.haproxy, each.frontend, (port,)) for each in (one, other)]
    ours, theirs = limits
    if ours and theirs and not pair.site.load.open_sessions:
        small, large = sorted(((ours, one), (theirs, other)), key=lambda each: each[0].sessions)
        if large[0].sessions >= _MUCH * small[0].sessions:
            yield _found(port, *small, *large)


def _found(port: int, small: SessionLimit, at: Offer, large: SessionLimit, having: Offer) -> Found:
    return Found(
        place(at.node, small.line),
        f"HAProxy on {at.node.name} takes {small.sessions} sessions at port {port}, on {having.node.name} "
        f"{large.sessions}: what {having.node.name} carries may not fit after a takeover.",
        f"maxconn {large.sessions}",
    )
