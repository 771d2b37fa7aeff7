"""A health check that goes through a full frontend waits like a customer, and calls well servers dead.

Who asks: a monitoring system, or a balancer before this one; in the lab the stream ``health``, which asks the VIP for
/health from every vantage point. That the servers are well is HAProxy's own word: it asks them directly.
"""

from itertools import pairwise

import numpy as np

from harness.checks._check import at, check_pairs, holds, inconclusive, lasting, violated
from harness.checks._serving import able
from harness.history import History, Step
from harness.history.history import Requests
from harness.history.timeline import Interval, overlaps
from harness.model.events import HaproxySample
from harness.model.outcome import Finding, Instant
from harness.model.requests import Outcome, Stream
from harness.model.topology import Pair
from harness.recovery.sessions import fill
from harness.recovery.vantage import due_in


@check_pairs
def health_checks_frozen(history: History, step: Step, pair: Pair) -> Finding:
    """A health check through a full frontend is answered while servers behind it are well."""
    filled = fill(history, pair, step.watch)
    if filled is None:
        return inconclusive("No sample says how many sessions the frontends had.")
    if filled.full is None:
        return holds("No frontend was full.")
    node = filled.peak.node
    well = overlaps(_full(filled.samples, step.ends_ns), able(history, node))
    asked = _asked(history, pair, well)
    failed = asked[asked["outcome"] != Outcome.ok]
    if not len(asked):
        return inconclusive(f"{node} was full, but nobody asked for its health while servers behind it were well.")
    if not len(failed):
        slowest = lasting(int((asked["done"] - asked["due"]).max()))
        return holds(f"{len(asked)} health checks through {node} were answered, the slowest after {slowest}.")
    first = int(failed["due"].min())
    sentence = (
        f"{len(failed)} of {len(asked)} health checks through {node} failed while it was full and servers behind it "
        f"were well, from {at(step, first)} on."
    )
    return violated(sentence, [Instant(first, f"a health check through {node} that will fail")])


def _full(samples: list[HaproxySample], end: int) -> list[Interval]:
    """When the frontend had as many sessions as it may. `samples`: of one frontend."""
    times = [sample.t for sample in samples] + [end]
    spans = zip(samples, pairwise(times), strict=True)
    return [Interval(*span) for sample, span in spans if sample.sessions >= sample.session_limit]


def _asked(history: History, pair: Pair, windows: list[Interval]) -> Requests:
    """The health checks of the pair's vantage points that were due in these windows."""
    vantages = [each.node for each in history.topology.vantages.values() if each.pair == pair.name]
    arrivals = [history.arrivals(vantage, Stream.health) for vantage in vantages]
    due = [due_in(each, window) for each in arrivals for window in windows]
    return np.concatenate(due) if due else history.requests[:0]
