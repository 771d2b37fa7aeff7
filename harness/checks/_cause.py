"""Why a frontend filled: more came (arrivals), each took longer (service), or sessions wait for clients (held).

A flood that holds sessions has a long sojourn time as well, so Little's law at the frontend cannot tell these causes
apart. Two figures can: how many sessions wait for a server, which are sessions of a backend too; and the requests per
second compared with the same trial's steady state. At the limit a session begins only when another ends, so that the
requests per second are those that are answered.
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
AT_LIMIT_NS: Final = 2 * s  # long enough to count, short enough that clients have not yet changed their behaviour
BEFORE_NS: Final = 250 * ms  # two samples, to count the first requests of a flood


class Load(NamedTuple):
    """A balancer at its limit: requests per second, and the share of its sessions that wait for a server."""

    requests_hz: float
    waiting: float


def cause(history: History, step: Step, router: VirtualRouter) -> CauseOfFull:
    """Why a frontend of `router` filled in this step; inconclusive if none did, or if it was full before."""
    began = min((op.begun_ns for op in step.held), default=step.began_ns)  # an op may act before its acknowledgement
    filled = fill(history, router, Interval(began - BEFORE_NS, step.ends_ns))
    if filled is None or filled.full is None or filled.full < began:
        return "inconclusive"
    limited = Interval(filled.full, min(filled.full + AT_LIMIT_NS, step.heal_ns or step.ends_ns))
    steady = [x for x in history.of(HaproxySample, _steady(history, step)) if _same(x, filled.peak)]
    filling = [x for x in filled.samples if x.t <= limited.begin]
    at_limit = [x for x in history.of(HaproxySample, limited) if _same(x, filled.peak)]
    if min(map(len, (steady, filling, at_limit))) < 2 or not _requests_hz(steady):
        return "inconclusive"
    load = Load(_requests_hz(at_limit), _waiting(history, filled.node, at_limit, limited))
    return judged(_requests_hz(steady), _requests_hz(filling), load)


def judged(usual_hz: float, filling_hz: float, at_limit: Load) -> CauseOfFull:
    """`usual_hz`, `filling_hz`: requests per second in steady state, and until the limit was reached."""
    if at_limit.requests_hz >= MORE * usual_hz:
        return "arrivals"  # more are answered than in steady state
    if at_limit.waiting <= FEW:
        return "held" if at_limit.requests_hz <= usual_hz else "inconclusive"
    more, fewer = filling_hz >= MORE * usual_hz, at_limit.requests_hz <= FEWER * usual_hz
    if at_limit.waiting < MOST or more == fewer:
        return "inconclusive"
    return "arrivals" if more else "service"


def _same(one: HaproxySample, other: HaproxySample) -> bool:
    return (one.node, one.proxy) == (other.node, other.proxy)


def _requests_hz(samples: list[HaproxySample]) -> float:
    """`samples`: two or more, of one frontend."""
    first, *_, last = samples
    return (last.requests - first.requests) / seconds(last.t - first.t)


def _waiting(history: History, node: str, full: list[HaproxySample], window: Interval) -> float:
    """The sessions of the node's backends as a share of the full frontend's."""
    backends = (x for x in history.of(HaproxySample, window) if x.node == node and x.proxy.endswith(BACKEND))
    return sum(x.sessions for x in backends) / sum(x.sessions for x in full)


def _steady(history: History, step: Step) -> Interval:
    """The second before the trial's first step: steady state."""
    began = next(history.step(trial, name).began_ns for trial, name in history.steps if trial == step.trial)
    return Interval(began - s, began)
