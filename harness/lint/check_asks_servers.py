"""A check of keepalived that fails when the servers do."""

from collections.abc import Iterator
from typing import Final

from harness.lint._answered import ServersAsked, servers_asked
from harness.lint._finding import Severity
from harness.lint._idle import why_idle
from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule
from harness.lint._standing import Outcome, all_fail

_OUTCOMES: Final[dict[Outcome, str]] = {
    "nowhere": "all nodes go to FAULT, and the address is on none of them",
    "moves": "the address moves, and every connection is cut",
    "may move": "the node that notices first may lose the address until the other one notices as well",
    "stays": "",
}


@rule(
    "error",
    outage="Sick servers take the address away or move it, and no other node could do better: they have the same ones.",
    experiment="killed: --service api of every server",
)
def check_asks_servers(pair: Pair) -> Iterator[Found]:
    """A check that asks through the balancer for what the servers answer fails on all nodes at once when all servers
    are down, or slower than its patience. Without a weight every node then goes to FAULT and gives the address up
    (keepalived.conf(5), "vrrp_script"). With a weight every node is lowered, such as 101 - 2 and 100 - 2: the order of
    the nodes stays, nothing moves, and it is no finding. It is one where the lowered priorities are in another order
    and the node that is now higher preempts: other weights, a node without the check, the limits 1 and 254. Where the
    order stays, but the other node may notice later (interval x fall) by more than its master-down time, it is a
    warning. What asks the balancer alone is no finding: a connect, monitor-uri without a look at the servers,
    statistics, http-request return. Judged are addresses and ports in the command and in the scripts that the site
    brought."""
    for router in pair.routers:
        asked = {member.node.name: tuple(_asking(pair, member)) for member in router.members}
        outcome = all_fail(router, {node: tuple(each.check for each in found) for node, found in asked.items()})
        for each in (each for found in asked.values() for each in found if outcome != "stays"):
            yield _found(each, outcome, router)


def _asking(pair: Pair, member: Member) -> Iterator[ServersAsked]:
    """Without those that never fail: check-never-fails tells of them."""
    return (each for each in servers_asked(pair, member) if not why_idle(member, each.check))


def _found(asked: ServersAsked, outcome: Outcome, router: Router) -> Found:
    when = "When all servers are down or slow" if asked.sure else "While all servers are slow"
    who = f"through {asked.through.kind} {asked.through.name}" if asked.through else "directly"
    severity: Severity | None = None if asked.sure and outcome != "may move" else "warning"
    return Found(
        asked.check.place,
        f"The check {asked.check.name} asks the servers, {who}. {when}, it fails on all nodes of {router.name}: "
        f"{_OUTCOMES[outcome]}.",
        "ask the balancer alone: `monitor-uri /alive` in a frontend of its own, bind 127.0.0.1:8404",
        severity,
    )
