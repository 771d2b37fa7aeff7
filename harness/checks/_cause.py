"""Why a frontend filled: more came (arrivals), each took longer (service), or sessions wait for clients (held).

A flood that holds sessions has a long sojourn time as well, so Little's law at the frontend alone cannot tell. What
can: sessions that wait for a server are sessions of the backend too; and until the limit was reached, what came and
what was answered each second, against the same trial's steady state.
"""

from typing import Final, Literal, NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import HaproxySample
from harness.model.topology import Pair
from harness.model.units import s, seconds
from harness.recovery.sessions import BACKEND, fill, frontends

CauseOfFull = Literal["arrivals", "service", "held", "inconclusive"]

HELD_SHARE: Final = 0.5  # of the frontend's sessions wait for a server; fewer: they wait for their clients
MORE: Final = 1.5  # times as many requests as in steady state
FEWER: Final = 0.7


class Rates(NamedTuple):
    """Requests a second: that came, and that were answered."""

    came: float
    answered: float


def cause(history: History, step: Step, pair: Pair) -> CauseOfFull:
    """Of a frontend of `pair` that filled in this step; inconclusive if none did, or if both rates changed."""
    filled = fill(history, pair, step.watch)
    if filled is None or filled.full is None:
        return "inconclusive"
    at_limit = filled.peak
    if _backend_sessions(history, at_limit) < HELD_SHARE * at_limit.sessions:
        return "held"
    steady = frontends(history, pair, _steady(history, step)).get((at_limit.node, at_limit.proxy), [])
    filling = [sample for sample in filled.samples if sample.t <= filled.full]
    if len(filling) < 2:
        return "inconclusive"  # it was full already
    before, until = rates(steady), rates(filling)
    more, fewer = until.came > MORE * before.came, until.answered < FEWER * before.answered
    if more == fewer or not before.came:
        return "inconclusive"
    return "arrivals" if more else "service"


def rates(samples: list[HaproxySample]) -> Rates:
    """From the first to the last sample; what came and is no session any more was answered (or given up)."""
    if len(samples) < 2:
        return Rates(0, 0)
    first, last = samples[0], samples[-1]
    length_s = seconds(last.t - first.t)
    came = last.requests - first.requests
    return Rates(came / length_s, (came - (last.sessions - first.sessions)) / length_s)


def _steady(history: History, step: Step) -> Interval:
    """The second before the trial's first step: the lab was at rest and served."""
    began = next(history.step(*each).began_ns for each in history.steps if each[0] == step.trial)
    return Interval(began - s, began)


def _backend_sessions(history: History, frontend: HaproxySample) -> int:
    """Sessions that have (or wait for) a server, in the same answer of HAProxy's."""
    same = history.of(HaproxySample, Interval(frontend.t, frontend.t + 1))
    return sum(x.sessions for x in same if x.node == frontend.node and x.proxy.endswith(BACKEND))
