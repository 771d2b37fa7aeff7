"""Floods and slow queries fill a balancer alike; the balancer's own figures tell which of them it was.

On July 22 an attack was suspected first: all sessions were used up. A flood of requests does that, and so do sessions
that ask nothing or never finish a request, and ordinary customers with a query that became slow.
"""

from typing import Final

import pytest

from experiments.july_22 import CUSTOMERS, FLIP, LIMIT, PROBES, pace_of
from harness import checks, faults
from harness.experiment import Trials
from harness.faults import Fault
from harness.model.ops import FloodMode, PinForm
from harness.model.units import ms, s
from harness.recovery.capacity import Capacity
from harness.recovery.pace import FEW, affords

pytestmark = pytest.mark.overlay("databases")


def flood(mode: FloodMode, sessions: int = 300) -> Fault:
    """Of half as many sessions again as the frontend may have."""
    return faults.session_flood("customer-2", mode, sessions, rate=1_000)


def pinned(form: PinForm) -> Fault:
    return faults.slow_query("db-1", "pinned", form) & faults.slow_query("db-2", "pinned", form)


SLOW_LINKS: Final = faults.slow_link("db-1", 500 * ms) & faults.slow_link("db-2", 500 * ms)
"""64 answers a second of 32 connections. With slower links a pool times out on connect: refusals, not slow service."""

FORMS: Final = {
    "requests": flood("requests"),
    "idle": flood("idle"),
    "unfinished": flood("unfinished"),
    "roll": FLIP,
    "innodb": pinned("innodb"),
    "engine_independent": pinned("engine_independent"),
    "slow_link": SLOW_LINKS,
    "requests_some_idle": flood("requests") & faults.session_flood("customer-3", "idle", 40),
    "roll_some_idle": FLIP & faults.session_flood("customer-3", "idle", 40),
    "idle_and_roll": flood("idle") & FLIP,
    "requests_and_roll": flood("requests") & FLIP,
}


MIXTURES: Final = {
    "requests_some_idle": ("arrivals",),  # 40 idle sessions alone are no outage
    "roll_some_idle": ("service",),
    "idle_and_roll": ("held",),  # the flood fills the frontend at once, before the slow query could
    "requests_and_roll": ("arrivals", "service"),  # each alone fills it, within a second or two: either name is right
}
"""Two causes at once → what may be named. Never `inconclusive`: of each mixture the dominant cause is known."""


QUIET: Final = 0.3
"""Customers at most, as a share of what the right index answers: a flood shows as half as many requests again."""


def full(trials: Trials, capacity: Capacity, form: str, *causes: str) -> None:
    """Every trial: the frontend fills, the VIP stays, and the cause is one of `causes`."""
    if form == "slow_link":
        affords(capacity, 3 * CUSTOMERS)  # fewer would all be answered: a link's latency does not depend on the machine
    pace = pace_of(trials, capacity, few=FEW if form == "slow_link" else QUIET)
    for trial in trials:
        step = trial.step("fill", FORMS[form], watch=max(4 * s, pace.climb_ns(LIMIT)))
        assert step.check(checks.session_limit_reached).violated
        assert step.check(checks.no_failover_by_overload).holds
        assert step.cause in causes


@pytest.mark.lasts(20 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("july-22")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
@pytest.mark.parametrize(
    "form, cause",
    [
        pytest.param("requests", "arrivals", marks=pytest.mark.soak),
        pytest.param("idle", "held", marks=pytest.mark.nightly),
        pytest.param("unfinished", "held", marks=pytest.mark.soak),
        pytest.param("roll", "service", marks=pytest.mark.soak),
        pytest.param("innodb", "service", marks=pytest.mark.soak),
        pytest.param("engine_independent", "service", marks=pytest.mark.soak),
        pytest.param("slow_link", "service", marks=pytest.mark.soak),
    ],
)
def test_flood_is_told_apart(trials: Trials, capacity: Capacity, form: str, cause: str) -> None:
    """A full balancer: more requests, slower answers, or sessions that wait for their clients."""
    full(trials, capacity, form, cause)


@pytest.mark.soak
@pytest.mark.lasts(20 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("july-22")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
@pytest.mark.parametrize("form, causes", list(MIXTURES.items()))
def test_mixture_is_not_mistaken(trials: Trials, capacity: Capacity, form: str, causes: tuple[str, ...]) -> None:
    """Two causes at once: the dominant one is named."""
    full(trials, capacity, form, *causes)
