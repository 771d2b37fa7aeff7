"""Steady state on entry, absolute reset on exit: what a trial stands on."""

from collections.abc import Iterator

from harness.experiment.run import Run
from harness.lab.view import View
from harness.model.ops import RIGHT_INDEX, ServiceRestart, plan
from harness.model.topology import Pair
from harness.model.units import s

QUIET_NS = 5 * s + 500_000_000
"""keepalived sends a second burst of GARPs `garp_master_delay` = 5 s after a takeover: a fault must not meet it."""

DECIDED_NS = 4 * s
SERVED_NS = s
CROWDED = 0.125  # of its sessions: what an earlier trial held up has not drained yet
CONNECTING = 10  # SYNs without an answer are repeated after 1, 2, 4 … s, and come into the trial then
SLOW_MS = 100  # the right plan takes 2
DEADLINE_SECONDS = 40.0


def hand_back(run: Run) -> None:
    """Where the standby stayed owner (nopreempt, equal priorities) its keepalived restarts: it ends with a farewell.

    Waits first until every pair has an owner that nobody relieves: after a restart of both it is not yet decided.
    """
    run.wait("one owner of every pair", lambda: _decided(run.view), DEADLINE_SECONDS)
    for pair in run.view.topology.pairs.values():
        if run.view.owners(pair.name) == (pair.nodes[1],):
            run.lab.act(plan([ServiceRestart(pair.nodes[1], "keepalived")]))


def await_steady(run: Run) -> None:
    """Until each pair has one owner that every cache reaches, for long enough; then one second of service to judge by.

    Raises `NotMeasured` naming what is not steady.
    """
    run.wait("a steady pair", lambda: not unsteady(run.view), DEADLINE_SECONDS)
    run.wait_until(max(run.view.last_transition + QUIET_NS, run.view.now + SERVED_NS))
    run.wait("the pair to be steady still", lambda: not unsteady(run.view), DEADLINE_SECONDS)


def _decided(view: View) -> bool:
    """The preferred node owns it; or another, for longer than any master-down timer at advert_int 1."""
    owners = [(pair.nodes, view.owners(pair.name)) for pair in view.topology.pairs.values()]
    resting = view.now - view.last_transition > DECIDED_NS
    return all(held == nodes[:1] or (len(held) == 1 and resting) for nodes, held in owners)


def unsteady(view: View) -> str:
    """Why the lab is not in steady state; empty if it is."""
    reasons = [_pair(view, pair) for pair in view.topology.pairs.values()]
    reasons += [_cache(view, cache, pair) for cache, pair in view.topology.caches.items()]
    full = [f"{node} {proxy} is {share:.0%} full" for node, proxy, share in _crowded(view)]
    full += [f"{n} connections of {who} have no answer" for who, n in view.connecting.items() if n > CONNECTING]
    reasons += [_plan(view, node.name) for node in view.topology.nodes.values() if node.kind == "database"]
    return "; ".join(filter(None, [*reasons, *full, "a fault is active" if view.active else ""]))


def _crowded(view: View) -> Iterator[tuple[str, str, float]]:
    """Of frontends that customers use: those of an internal pair have the servers' pools as sessions, at rest too."""
    used = {view.topology.pair(vantage.pair) for vantage in view.topology.vantages.values()}
    nodes = {node for pair in used for node in pair.nodes}
    found = ((node, proxy, share) for (node, proxy), share in view.fullness.items())
    return (each for each in found if each[0] in nodes and each[2] > CROWDED)


def _pair(view: View, pair: Pair) -> str:
    owners = view.owners(pair.name)
    return "" if owners == (pair.nodes[0],) else f"{pair.name} is owned by {', '.join(owners) or 'nobody'}"


def _plan(view: View, database: str) -> str:
    """A query that was begun under a wrong plan reads its rows to the end, whatever the plan is by then."""
    sample = view.databases.get(database)
    if sample is None or view.now - sample.t > SERVED_NS:
        return f"{database} says nothing"
    if sample.longest_ms > SLOW_MS:
        return f"{database} has been at a query for {sample.longest_ms} ms"
    return "" if sample.plan == RIGHT_INDEX else f"{database} would choose {sample.plan}"


def _cache(view: View, cache: str, pair: str) -> str:
    reaches, owners = view.arp(cache), view.owners(pair)
    return "" if reaches in owners else f"{cache} reaches {reaches or 'nobody'}"
