"""July 22: one query takes a wrong index, and the balancers fill with customers who wait.

Token authentication is asked with every call. One day the optimizer judges an index by eight unlucky pages, and reads
243,000 rows where 15 would do. More customers arrive than are answered, and all of them are sessions of the balancer:
it reaches its limit, and who comes then waits in the kernel's queue, where no figure of the balancer's shows them.
"""

import pytest

from harness import checks, faults, mitigations
from harness.experiment import StepResult, Trial, Trials
from harness.model.units import ms, s

pytestmark = pytest.mark.overlay("databases")

LIMIT = 200
FLIP = faults.slow_query("db-1", "roll") & faults.slow_query("db-2", "roll")
CUSTOMERS = 33.0  # requests per second and vantage point: 100 in all
PROBES = 5.0  # few: each holds a session as well, until it gives up


def stuck(trial: Trial) -> StepResult:
    """The outage, as every mitigation finds it: full, and the plan is wrong."""
    flip = trial.step("flip", FLIP, watch=6 * s)
    assert flip.check(checks.right_plan).violated
    assert flip.check(checks.session_limit_reached).violated
    return flip


@pytest.mark.reproduction
@pytest.mark.configuration("july-22")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
def test_story(trials: Trials) -> None:
    """The plan flips; the balancer fills and says nothing; killing queries does not end it, forcing the index does."""
    for trial in trials:
        steady = trial.step("steady", watch=3 * s)
        assert steady.check(checks.right_plan).holds and steady.check(checks.session_limit_reached).holds
        assert min(steady.success.values()) >= 0.97
        flip = stuck(trial)
        assert flip.measures["sessions_peak"] == LIMIT
        assert flip.check(checks.silent_queue).violated
        assert flip.cause == "service"
        assert max(flip.success.values()) <= 0.1
        kill = trial.step("kill", mitigations.kill_stuck_queries(older_than=50 * ms), watch=5 * s)
        assert kill.check(checks.right_plan).violated
        assert set(kill.recovery_s.values()) == {None}
        force = trial.step("force", mitigations.force_index(), watch=12 * s)
        assert None not in force.recovery_s.values()  # served again, once those who waited are through
