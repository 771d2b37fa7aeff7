"""A health check through a full frontend waits as a customer's request does, and reports healthy servers as dead.

Such checks come from a monitoring system, or from a balancer before this one; in the lab from the stream ``health``,
which asks the VIP for /health from every vantage point. HAProxy's own checks of its servers tell that they are healthy.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from harness.checks._bounds import slack
from harness.checks._check import check_routers, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import FORWARDING, HAPROXY, HEALTH, NEIGHBOURS, SERVERS
from harness.checks._serving import able
from harness.checks._words import at, lasting
from harness.history import History, Step
from harness.history.history import Requests
from harness.history.timeline import Interval, overlaps, union
from harness.model.events import HaproxySample
from harness.model.outcome import Finding, Instant
from harness.model.requests import OURS, Outcome, Stream
from harness.model.topology import Cache
from harness.model.virtual_router import VirtualRouter
from harness.recovery.crowd import RECENT_NS
from harness.recovery.sessions import fill, is_full
from harness.recovery.vantage import due_in


@check_routers(needs=(NEIGHBOURS, FORWARDING), needs_to_hold=(HAPROXY, SERVERS, HEALTH))
def health_checks_frozen(history: History, step: Step, router: VirtualRouter) -> Finding:
    """A health check through a full frontend is answered while servers behind it are healthy."""
    filled = fill(history, router, step.watch)
    if filled is None:
        return inconclusive("No sample says how many sessions the frontends had.")
    if filled.full is None:
        return not_applicable("No frontend was full.")
    node = filled.peak.node
    healthy = overlaps(union(_full(filled.samples, step.ends_ns)), able(history, step, router, node))
    asked = _asked(history, step, router, node, healthy)
    failed = asked[asked["outcome"] != Outcome.ok]
    if not len(asked):
        return inconclusive(f"{node} was full, but no health check reached it while servers behind it were healthy.")
    if not len(failed):
        slowest = lasting(int((asked["done"] - asked["due"]).max()))
        return holds(f"{len(asked)} health checks through {node} were answered, the slowest after {slowest}.")
    first = int(failed["due"].min())
    sentence = (
        f"{len(failed)} of {len(asked)} health checks through {node} failed while it was full and servers behind it "
        f"were healthy, from {at(step, first)} on."
    )
    return violated(sentence, [Instant(first, f"a health check through {node} that will fail")])


def _full(samples: list[HaproxySample], end: int) -> list[Interval]:
    """When the frontend was at its session limit. `samples`: of one frontend."""
    found = []
    for sample, following in pairwise([*samples, None]):
        assert sample
        if is_full(sample):
            until = following.t if following else end
            found.append(Interval(sample.t, min(until, sample.t + RECENT_NS)))
    return found


def _asked(history: History, step: Step, router: VirtualRouter, node: str, windows: list[Interval]) -> Requests:
    """The health checks of the router's vantage points that were due in these windows and went to `node`.

    Checks that our own side could not send are left out.
    """
    arrivals = [history.requests[:0]]
    for vantage in history.topology.asking_any(router):
        due = [due_in(history.arrivals(vantage, Stream.health), window) for window in windows]
        arrivals += [each[_went_to(history, step, history.tables.cache_of(vantage), node, each)] for each in due]
    asked = np.concatenate(arrivals)
    return asked[~np.isin(asked["outcome"], OURS)]


def _went_to(history: History, step: Step, cache: Cache, node: str, requests: Requests) -> NDArray[np.bool_]:
    """Which requests reached the node: by the balancer that answered, or else by where the cache led then."""
    number, late = history.topology.numbers("balancer")[node], slack(history, step)

    def led(due: int) -> bool:
        return {history.tables.arp(cache, t) for t in (due, due + late)} == {node}

    def went(request: np.void) -> bool:
        return bool(request["balancer"] == number) if request["balancer"] else led(int(request["due"]))

    return np.array([went(request) for request in requests], bool)
