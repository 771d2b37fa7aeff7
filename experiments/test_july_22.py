"""July 22: one query takes a wrong index, and the balancers fill with customers who wait.

Every call authenticates a token. One day the optimizer judges an index by eight unlucky pages, and reads 243,000 rows
where 15 would do. More customers arrive than are answered, and all of them are sessions of the balancer. It reaches its
limit; later customers wait in the kernel's queue, which no figure of the balancer shows.
"""

import pytest

from experiments.july_22 import (
    CONNECTIONS,
    LIMIT,
    PROBES,
    RAISED,
    at_balancer,
    cure_ns,
    each_hz,
    out,
    pace_of,
    served,
    stuck,
)
from harness import checks, faults, mitigations
from harness.experiment import StepResult, Trial, Trials
from harness.model.load import BACKGROUND
from harness.model.ops import PinForm
from harness.model.units import s
from harness.recovery.capacity import Capacity
from harness.recovery.pace import Pace

pytestmark = pytest.mark.overlay("databases")

CUSTOMERS = 15.0  # requests per second and vantage point: slow enough for three acts before six times the limit is full
FORMS: tuple[PinForm, ...] = ("innodb", "engine_independent")


@pytest.mark.nightly
@pytest.mark.lasts(120 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("july-22")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
def test_story(trials: Trials, capacity: Capacity) -> None:
    """The order of the day: reboots, a higher limit and more servers only look like cures; forcing the index is one."""
    pace = pace_of(trials, capacity, CUSTOMERS)
    pace.cure_ns(pace.piled_up(CONNECTIONS, until_cured(pace)), RAISED)  # a machine that is too slow says so at once
    for trial in trials:
        steady = trial.step("steady", watch=3 * s)
        assert steady.check(checks.right_plan).holds and steady.check(checks.session_limit_reached).holds
        assert served(steady, each_hz(pace), last=3 * s)
        outage(trial, pace)
        cure(trial, pace, *false_dawns(trial, pace))
        for form in FORMS:
            poisoned(trial, pace, form)


def until_cured(pace: Pace) -> int:
    """About how long the plan is wrong, ns. Between two steps some 4 s pass, which wait for outcomes."""
    return 8 * s + pace.climb_ns(LIMIT) + pace.climb_ns(RAISED - 2 * LIMIT) + 4 * s + 3 * 4 * s


def outage(trial: Trial, pace: Pace) -> None:
    """Sessions climb to the limit, customers stall, and the balancer shows no queue and logs nothing."""
    # 8 s: answers come in bursts, so a customer that is in the kernel's queue at 5 s may have left it at 6 s
    flip = stuck(trial, pace, least=8 * s)
    assert flip.measures["sessions_peak"] == LIMIT
    assert flip.check(checks.silent_queue).violated
    assert flip.cause == "service"
    assert max(flip.success.values()) <= 0.1
    assert present(flip) > LIMIT


def false_dawns(trial: Trial, pace: Pace) -> tuple[StepResult, StepResult]:
    """After each act the frontend has room until it is full again.

    Returns the first step, which lost connections without the customers' knowledge, and the last.
    """
    reboot = trial.step("reboot", mitigations.reboot(), watch=max(4 * s, pace.climb_ns(LIMIT)))
    assert times_full(reboot) >= 1 and still_out(reboot, pace)
    assert reboot.check(checks.right_plan).violated
    filling = pace.climb_ns(RAISED - min(at_balancer(reboot), RAISED))
    raised = trial.step("limit", mitigations.session_limit(RAISED), watch=max(12 * s, filling))
    assert raised.measures["limit_set"] == "lb-ext-1 live, lb-ext-2 live"
    assert raised.measures["sessions_peak"] == RAISED
    assert times_full(raised) == 1 and still_out(raised, pace)
    shared = trial.step("share", mitigations.share_report_servers(), watch=4 * s)
    assert still_out(shared, pace) and shared.measures["sessions_peak"] == RAISED
    assert present(shared) > present(reboot)  # the only effect: more customers wait
    return reboot, shared


def cure(trial: Trial, pace: Pace, reboot: StepResult, shared: StepResult) -> None:
    """All waiting customers are answered, though the optimizer would choose no better than before.

    A customer whose connection the reboot lost waits until its timeout; the watch lasts as long.
    """
    patience = reboot.step.ends_ns + BACKGROUND.read_timeout_ns - shared.step.ends_ns
    force = trial.step("force", mitigations.force_index(), watch=max(cure_ns(pace, shared), patience))
    assert served(force, each_hz(pace)) and present(force) < LIMIT
    after = trial.step("rolled", watch=3 * s)
    assert unimpressed(after, pace) and "ix_client" in str(after.measures["plan"])


def poisoned(trial: Trial, pace: Pace, form: PinForm) -> None:
    """Statistics are right again, and are then falsified for 3 s: without effect."""
    trial.step(f"counted before {form}", mitigations.analyse_statistics(until_right=True), watch=1 * s)
    both = faults.slow_query("db-1", "pinned", form, 3 * s) & faults.slow_query("db-2", "pinned", form, 3 * s)
    assert unimpressed(trial.step(f"poisoned {form}", both, watch=1 * s), pace)


def still_out(step: StepResult, pace: Pace) -> bool:
    """Customers are not served, and EXPLAIN still names the wrong index.

    Not by `right_plan`: after a reboot the servers' connections may wait for answers that never come, and read no rows.
    """
    return "ix_client" in str(step.measures["plan"]) and out(step, each_hz(pace), last=3 * s)


def unimpressed(step: StepResult, pace: Pace) -> bool:
    """No query reads along the wrong index, and customers get their answers."""
    holds = step.check(checks.right_plan).holds and step.check(checks.session_limit_reached).holds
    return holds and served(step, each_hz(pace))


def times_full(step: StepResult) -> int:
    return int(step.measures["times_full"] or 0)


def present(step: StepResult) -> int:
    return int(step.measures["customers_present"] or 0)
