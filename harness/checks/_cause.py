"""Why a frontend filled: more came (arrivals), each took longer (service), or sessions wait for clients (held).

A flood that holds sessions has a long sojourn time as well, so Little's law at the frontend alone cannot tell. What
can: sessions that wait for a server are sessions of a backend too; and requests each second, against the same trial's
steady state. At the limit whoever comes takes the place of one who left, so that as many come as are answered there.
"""

from typing import Final, Literal, NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import HaproxySample
from harness.model.units import ms, s, seconds
from harness.model.virtual_router import VirtualRouter
from harness.recovery.sessions import BACKEND, fill

CauseOfFull = Literal["arrivals", "service", "held", "inconclusive"]

MORE: Final = 1.5  # times as many requests as in steady state
FEWER: Final = 0.7
MOST: Final = 0.7  # of all sessions
FEW: Final = 0.3
AT_LIMIT_NS: Final = 2 * s  # long enough to count, short enough that clients have not yet changed their ways
BEFORE_NS: Final = 250 * ms  # two samples, to count what came with the first of a flood


class Load(NamedTuple):
    """Of a balancer over some time: requests each second, and the share of its sessions that wait for a server."""

    requests_hz: float
    waiting: float


def cause(history: History, step: Step, router: VirtualRouter) -> CauseOfFull:
    """Of a frontend of `router` that filled in this step; inconclusive if none did, or if it was full before."""
    began = min((op.begun_ns for op in step.held), default=step.began_ns)  # an op may show before it is acknowledged
    filled = fill(history, router, Interval(began - BEFORE_NS, step.ends_ns))
    if filled is None or filled.full is None or filled.full < began:
        return "inconclusive"
    where, full = (filled.peak.node, filled.peak.proxy), filled.full
    steady = _load(history, where, _steady(history, step))
    filling = _load(history, where, Interval(began - BEFORE_NS, full + 1))
    at_limit = _load(history, where, Interval(full, min(full + AT_LIMIT_NS, step.heal_ns or step.ends_ns)))
    if steady is None or filling is None or at_limit is None or not steady.requests_hz:
        return "inconclusive"
    return judged(steady, filling, at_limit)


def judged(steady: Load, filling: Load, at_limit: Load) -> CauseOfFull:
    """From what was usual, what came until the limit, and what is done at the limit."""
    usual_hz = steady.requests_hz
    if at_limit.requests_hz >= MORE * usual_hz:
        return "arrivals"  # more are served than ever
    if at_limit.waiting <= FEW:
        return "held" if at_limit.requests_hz <= usual_hz else "inconclusive"
    more, fewer = filling.requests_hz >= MORE * usual_hz, at_limit.requests_hz <= FEWER * usual_hz
    if at_limit.waiting < MOST or more == fewer:
        return "inconclusive"
    return "arrivals" if more else "service"


def _load(history: History, where: tuple[str, str], window: Interval) -> Load | None:
    """None if two samples are not there. `where`: node and frontend."""
    samples = [sample for sample in history.of(HaproxySample, window) if sample.node == where[0]]
    own = [sample for sample in samples if sample.proxy == where[1]]
    if len(own) < 2:
        return None
    first, last = own[0], own[-1]
    sessions = sum(sample.sessions for sample in own)
    at_a_server = sum(sample.sessions for sample in samples if sample.proxy.endswith(BACKEND))
    requests_hz = (last.requests - first.requests) / seconds(last.t - first.t)
    return Load(requests_hz, at_a_server / sessions if sessions else 0.0)


def _steady(history: History, step: Step) -> Interval:
    """The second before the trial's first step: the lab was at rest and served."""
    began = next(history.step(*each).began_ns for each in history.steps if each[0] == step.trial)
    return Interval(began - s, began)
