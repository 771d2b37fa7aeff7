"""A line that refuses, redirects or leads requests, on one node alone."""

from collections.abc import Iterator

from harness.lint._conditional import conditional
from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair
from harness.lint._requests import judged
from harness.lint._rule import Found, rule
from harness.lint._served import Offer, offered_twice
from harness.site.haproxy_text import HaproxyLine


@rule(
    "warning",
    outage="After a takeover customers are refused or led elsewhere, or strangers are let in.",
    experiment="power_cut",
)
def request_rules_differ(pair: Pair) -> Iterator[Found]:
    """A rule was added on the node that was attacked, or a site for one more name, and not on the standby. Compared are
    http-request, tcp-request, use_backend and redirect lines of frontends at the same port of a VIP, with the words of
    their ACLs in place of the names, and `mode`. What sets headers, variables and marks is left out. A warning: the
    same may be written in two ways."""
    both = (each for router in pair.routers for each in offered_twice(router))
    yield from once(found for one, other, _, port in both for found in _differences(pair, one, other, port))


def _differences(pair: Pair, one: Offer, other: Offer, port: int) -> Iterator[Found]:
    if one.frontend.http != other.frontend.http:
        yield _of_mode(one, other, port)
        return
    ours, theirs = (judged(pair, each.node, each.frontend) for each in (one, other))
    for having, lacking, lines, known in ((one, other, ours, theirs), (other, one, theirs, ours)):
        if missing := [
            line for said, line in lines.items() if said not in known and not conditional(having.node, line)
        ]:
            yield _found(having, lacking, missing, port)


def _of_mode(one: Offer, other: Offer, port: int) -> Found:
    modes = ["http" if each.frontend.http else "tcp" for each in (one, other)]
    line = other.frontend.last("mode") or other.frontend.head
    return Found(
        place(other.node, line),
        f"At port {port} HAProxy is in mode {modes[0]} on {one.node.name} and in mode {modes[1]} on {other.node.name}: "
        "what one does to requests, the other does not.",
        f"mode {modes[0]} on all nodes",
    )


def _found(having: Offer, lacking: Offer, missing: list[HaproxyLine], port: int) -> Found:
    more = f" and {len(missing) - 1} more lines" if len(missing) > 1 else ""
    return Found(
        place(having.node, missing[0]),
        f'At port {port}, {having.node.name} has "{" ".join(missing[0].words)}"{more}, and {lacking.node.name} has '
        "nothing that does the same: a takeover changes how requests are treated.",
        "the same lines on all nodes",
    )
