"""What the experiments of July 22 share: the load, the flip, and the state in which every mitigation finds the lab.

The rates below are the usual ones. A machine with databases that are too slow for them, or so quick that the wrong
index is no outage, gets other rates. How long a step is watched follows from the rates and from the capacity that this
session measured (`Pace`).
"""

import math
from typing import Final

from harness import checks, faults
from harness.experiment import StepResult, Trial, Trials
from harness.history.timeline import Interval
from harness.model.errors import NotMeasured
from harness.model.events import Marked
from harness.model.requests import Stream
from harness.model.units import ms, s
from harness.recovery.capacity import Capacity, running, wrong_hz
from harness.recovery.crowd import crowd
from harness.recovery.customers import present
from harness.recovery.estimator import good
from harness.recovery.pace import FEW, GIVEN_UP_NS, Pace, customers_hz
from harness.recovery.sessions import fill
from harness.recovery.vantage import due_in

LIMIT: Final = 200  # sessions of the frontend: a tenth of the platform's
RAISED: Final = 6 * LIMIT  # as on the night
VANTAGES: Final = 3
CONNECTIONS: Final = 32  # of both API servers to the databases
CUSTOMERS: Final = 33.0  # requests per second and vantage point: 100 in all
PROBES: Final = 5.0  # few: each holds a session until it gives up. Customers, not probes, show whether all are served
WITHIN: Final = 1 * s  # patience: an answer takes milliseconds, or a place in a queue of hundreds, which is seconds
LAST: Final = 4 * s  # of a watch: its customers are judged, 99 at each vantage point
RECENT: Final = 2 * s  # of a step, whose last rows tell how fast the machine is now
BUSY: Final = 8  # queries keep the databases' processors busy: fewer do not tell how fast they could read
SERVED, OUT = 0.95, 0.5  # of `answered`: at least, at most
FLIP: Final = faults.slow_query("db-1", "roll") & faults.slow_query("db-2", "roll")

_ME, _EVENT, _TOKEN, _REPORT = "GET /me", "GET /event/7", "POST /token 201", "GET /report"
_EIGHT: Final = (_ME, _EVENT, _ME, _TOKEN) * 2
MIX: Final = (*(*_EIGHT, _ME, _EVENT) * 4, *_EIGHT, _ME, _REPORT)
"""Half of them authenticate only, three tenths read, a fifth issue tokens, one in fifty is a report."""


def pace_of(
    trials: Trials, capacity: Capacity, each_hz: float = CUSTOMERS, few: float = FEW, most_hz: float = math.inf
) -> Pace:
    """The load of a test's trials: `each_hz` customers at each vantage point, or as many as this machine allows.

    `few`, `most_hz`: see `customers_hz`. Raises `NotMeasured` where no rate shows what the test is to show.
    """
    hz = customers_hz(capacity, VANTAGES * each_hz, few, most_hz)
    trials.load(background=hz / VANTAGES)
    return Pace(capacity, hz, others_hz=VANTAGES * PROBES)


def each_hz(pace: Pace) -> float:
    """Customers per second at each vantage point."""
    return pace.customers_hz / VANTAGES


def stuck(trial: Trial, pace: Pace, least: int = 2_500 * ms) -> StepResult:
    """The outage, as every mitigation finds it: the plan is wrong, the frontend full.

    It has been full for about 4 s when the next step begins: a step ends once all is recorded, and waits up to 3 s for
    outcomes. `least`: of the watch, ns.
    """
    flip = trial.step("flip", FLIP, watch=max(least, pace.climb_ns(LIMIT)))
    if (newest := newest_wrong_hz(flip)) is not None:
        pace.outrun_by(newest)
    assert flip.check(checks.right_plan).violated
    assert flip.check(checks.session_limit_reached).violated
    return flip


def cure_ns(pace: Pace, before: StepResult) -> int:
    """A watch long enough for a cure of what the step before shows: its last customers are to be served.

    Queries that are stuck end at the rate at which rows were read in that step's last seconds, if that was the lower.
    Where they pile up, each connection has begun another one until the cure takes effect.
    """
    history, ends = before.history, before.step.ends_ns
    begun, newest = running(history, ends), newest_wrong_hz(before)
    slowed = pace if newest is None else pace.slowed(newest)
    more = slowed.piled_up(CONNECTIONS, GIVEN_UP_NS) - CONNECTIONS
    return LAST + slowed.cure_ns(begun + more, present(history, ends))


def newest_wrong_hz(step: StepResult) -> float | None:
    """What the wrong index answered at the end of the step; None if too few queries ran to tell."""
    history, ends = step.history, step.step.ends_ns
    return wrong_hz(history, Interval(ends - RECENT, ends)) if running(history, ends) >= BUSY else None


def at_balancer(step: StepResult) -> int:
    """Connections at the customers' frontend when the step ends: sessions, in the kernel's queue, in SYN-SENT."""
    filled = fill(step.history, step.history.topology.virtual_router(), step.step.watch)
    return crowd(step.history, filled, step.step.ends_ns).size if filled else 0


def served(step: StepResult, rate: float = CUSTOMERS, last: int = LAST) -> bool:
    """Do customers at every vantage point get their answers at the end of the step?"""
    return min(answered(step, rate, last).values()) >= SERVED


def out(step: StepResult, rate: float = CUSTOMERS, last: int = LAST) -> bool:
    """Do most customers at every vantage point get no answer at the end of the step?"""
    return max(answered(step, rate, last).values()) <= OUT


def answered(step: StepResult, rate: float = CUSTOMERS, last: int = LAST) -> dict[str, float]:
    """Vantage point → share of the requests due in the `last` ns of the watch that were answered rightly `WITHIN` time.

    Requests due less than `WITHIN` before the end do not count. `rate`: of customers, at each vantage point. A request
    that waits has no record yet, so all that were due count, and one without a record was not answered. Raises
    `NotMeasured` if a vantage point has no record of a customer of this trial: then there was no load.
    """
    due = Interval(step.step.ends_ns - last, step.step.ends_ns - WITHIN)
    expected = rate * due.length / s
    found = {vantage: step.history.arrivals(vantage, Stream.background) for vantage in step.vantages}
    # Not the whole run: its first customers measured the capacity.
    trial = Interval(trial_began(step), step.step.ends_ns)
    if absent := [vantage for vantage, requests in found.items() if not len(due_in(requests, trial))]:
        raise NotMeasured(f"No customers at {', '.join(absent)} in step {step.name!r}: was the load set?")
    return {vantage: int(good(due_in(each, due), WITHIN).sum()) / expected for vantage, each in found.items()}


def trial_began(step: StepResult) -> int:
    marks = step.history.of(Marked)
    return min((mark.t for mark in marks if (mark.name, mark.trial) == ("trial_begin", step.step.trial)), default=0)
