"""What the experiments of July 22 share: the load, the flip, and the state in which every mitigation finds the lab."""

from typing import Final

from harness import checks, faults
from harness.experiment import StepResult, Trial
from harness.history.timeline import Interval
from harness.model.requests import Outcome, Stream
from harness.model.units import ms, s
from harness.recovery.vantage import due_in

LIMIT: Final = 200  # sessions of the frontend: a tenth of the platform's
RAISED: Final = 6 * LIMIT  # as on the night
CUSTOMERS: Final = 33.0  # requests per second and vantage point: 100 in all
PROBES: Final = 5.0  # few: each holds a session as well, until it gives up
FLIP: Final = faults.slow_query("db-1", "roll") & faults.slow_query("db-2", "roll")

_ME, _EVENT, _TOKEN, _REPORT = "GET /me", "GET /event/7", "POST /token 201", "GET /report"
_EIGHT: Final = (_ME, _EVENT, _ME, _TOKEN) * 2
MIX: Final = (*(*_EIGHT, _ME, _EVENT) * 4, *_EIGHT, _ME, _REPORT)
"""Half of them authenticate only, three tenths read, a fifth issue tokens, one in fifty is a report."""


def stuck(trial: Trial, watch: int = 2_500 * ms) -> StepResult:
    """The outage, as every mitigation finds it: the plan is wrong, the frontend full.

    For about 4 s, when the next step begins: a step ends once all is recorded, and who waits is waited for 3 s.
    """
    flip = trial.step("flip", FLIP, watch=watch)
    assert flip.check(checks.right_plan).violated
    assert flip.check(checks.session_limit_reached).violated
    return flip


def served(step: StepResult) -> bool:
    """Was every vantage point served again, and still is?"""
    return None not in step.recovery_s.values()


def answered(step: StepResult, within: int, last: int, rate: float = CUSTOMERS) -> float:
    """Share of the requests due in the `last` ns of the watch that were answered `within` ns, at `rate` per customer.

    Those due later than that before its end have had less time, and do not count. What has no record was not answered.
    """
    due = Interval(step.step.ends_ns - last, step.step.ends_ns - within)
    requests = [due_in(step.history.arrivals(vantage, Stream.background), due) for vantage in step.vantages]
    good = sum(int(((r["outcome"] == Outcome.ok) & (r["done"] - r["due"] <= within)).sum()) for r in requests)
    return good / (len(requests) * rate * (last - within) / s)
