"""A check that asks HAProxy of another node."""

from collections.abc import Iterator

from harness.lint._answered import taken_by
from harness.lint._asks import Ask
from harness.lint._checks import Check, checks
from harness.lint._frontends import own_addresses
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched


@rule(
    "error",
    outage="One node dies, and the other one's check fails with it: the address is on none.",
    experiment="killed",
)
def check_asks_other_node(pair: Pair) -> Iterator[Found]:
    """A script that was copied with the address of the first node in it asks that node from everywhere. When HAProxy
    dies there, the check fails on all nodes at once: without a weight all go to FAULT, with one all are lowered alike
    and nothing moves. HAProxy of the node that runs the check may die, and the check succeeds. Found where a check asks
    nothing but addresses of one other node, at ports that its HAProxy binds. A warning where the check has a weight and
    another one asks for HAProxy of its own node. Source: keepalived.conf(5), vrrp_script."""
    yield from once(found for router in pair.routers for member in router.members for found in _asking(pair, member))


def _asking(pair: Pair, member: Member) -> Iterator[Found]:
    for check in checks(member):
        for other in (each for each in pair.nodes if each is not member.node):
            if check.asks and all(_is_there(pair, member.node, other, ask) for ask in check.asks):
                yield _found(member, check, other)


def _is_there(pair: Pair, node: PairNode, other: PairNode, ask: Ask) -> bool:
    host = pair.site.hosts.get(ask.host, ask.host)
    theirs = host == other.name or host in own_addresses(other) - own_addresses(node)
    return theirs and taken_by(other, ask._replace(host=host)) is not None


def _found(member: Member, check: Check, other: PairNode) -> Found:
    faults = check.tracker.faults
    effect = (
        f"{member.node.name} goes to FAULT with it" if faults else "both nodes are lowered alike, and the VIP stays"
    )
    weaker = not faults and is_watched(member, check.name)
    return Found(
        check.place,
        f"The check {check.name} of {member.node.name} asks {check.asks[0].host}, which is {other.name}. When HAProxy "
        f"of {other.name} dies, {effect}; when HAProxy of {member.node.name} dies, nothing notices.",
        "ask 127.0.0.1",
        "warning" if weaker else None,
    )
