"""Was raising the limit a cure on July 22? It depends on what is scarce: answers, or sessions that wait for them.

*Saturated*: more arrive (λ) than databases can answer (μ), and a higher limit and more servers buy time.
*Latency-bound*: the databases could answer every customer, but each answer takes so long (S) that λ × S sessions are
needed, more than the limit allows and than the servers have connections for. Then six times the limit together with the
report servers' connections is a valid fix, as the post-mortem says; either alone is not.

Here an answer takes 260 ms, 30 sessions are allowed, two servers have 32 connections, three have 48. A customer needs
one answer, a probe two: 30 / 0.26 and 32 / 0.26 are fewer than the 140 a second that are needed, 48 / 0.26 are more.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from experiments.july_22 import CUSTOMERS, PROBES, RAISED, VANTAGES, each_hz, pace_of, served, stuck
from harness import checks, faults, mitigations
from harness.experiment import Trials
from harness.mitigations import Mitigation
from harness.model.units import ms, s
from harness.recovery.capacity import Capacity
from harness.recovery.pace import affords

pytestmark = pytest.mark.overlay("databases")

SLOW: Final = faults.slow_link("db-1", 260 * ms) & faults.slow_link("db-2", 260 * ms)
LIMIT: Final = mitigations.session_limit(6 * 30, "balancers")  # the internal pair's too: its sessions are connections
REPORTS: Final = mitigations.share_report_servers()
FIXES: Final[dict[str, tuple[Mitigation, bool]]] = {
    "limit": (LIMIT, False),
    "report_servers": (REPORTS, False),
    "both": (LIMIT & REPORTS, True),
}
"""Name → the act, and whether every customer is served after it."""

CAPACITY_HZ: Final = 48 / 0.26
QUICK: Final = 0.8
"""Customers at most, as a share of what this machine could answer: latency must be the limit, not the processors."""

PROBING_HZ: Final = 3 * PROBES * 2 + 3 / 0.26  # probes, and the keep-alive connections, which ask again when answered


@pytest.mark.soak
@pytest.mark.lasts(32 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("latency-bound")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
@pytest.mark.parametrize("fix", list(FIXES))
def test_latency_bound(trials: Trials, capacity: Capacity, fix: str) -> None:
    """More sessions and more connections together serve every customer; either alone does not."""
    affords(capacity, VANTAGES * CUSTOMERS, QUICK)
    act, cures = FIXES[fix]
    for trial in trials:
        slow = trial.step("slow", SLOW, watch=5 * s)
        assert slow.check(checks.right_plan).holds and slow.check(checks.session_limit_reached).violated
        step = trial.step(fix, act, watch=12 * s)
        assert served(step) == cures


@pytest.mark.soak
@pytest.mark.lasts(32 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("july-22")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
def test_saturated(trials: Trials, capacity: Capacity) -> None:
    """The same two acts under the wrong plan: the frontend is full again, and customers are not served."""
    pace = pace_of(trials, capacity)
    for trial in trials:
        stuck(trial, pace)
        watch = max(14 * s, pace.climb_ns(RAISED))
        step = trial.step("both", mitigations.session_limit(RAISED) & REPORTS, watch=watch)
        assert step.measures["times_full"] == 1 and not served(step, each_hz(pace))


def sweep() -> Iterator[object]:
    for rate in (25, 40, 55, 70):
        yield pytest.param(rate, id=f"{rate}", marks=pytest.mark.load(background=float(rate), probe=PROBES))


@pytest.mark.soak
@pytest.mark.lasts(32 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("latency-bound")
@pytest.mark.parametrize("rate", list(sweep()))
def test_boundary(trials: Trials, capacity: Capacity, rate: int) -> None:
    """λ swept over what 48 connections can answer: below it both acts cure, above it they buy time."""
    affords(capacity, VANTAGES * rate, QUICK)
    for trial in trials:
        trial.step("slow", SLOW, watch=3 * s)
        step = trial.step("both", LIMIT & REPORTS, watch=14 * s)
        assert served(step, rate) == (3 * rate + PROBING_HZ < CAPACITY_HZ)
