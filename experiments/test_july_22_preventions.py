"""Before July 22: which setting of the balancer, of the database or of the API makes the outage impossible, or smaller.

The same flip, where it still happens, under each; `july-22` is the configuration without any.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from experiments.july_22 import CUSTOMERS, FLIP, LIMIT, MIX, PROBES, VANTAGES, each_hz, pace_of, served
from harness import checks, faults, mitigations
from harness.checks import Check
from harness.experiment import Trial, Trials
from harness.faults import Fault
from harness.mitigations import Mitigation
from harness.model.units import s
from harness.recovery.capacity import Capacity
from harness.recovery.pace import affords

pytestmark = pytest.mark.overlay("databases")

BY_ITSELF: Final = faults.slow_query("db-1", "by_itself", duration=30 * s) & faults.slow_query(
    "db-2", "by_itself", duration=30 * s
)


@dataclass(frozen=True)
class Row:
    """What the checks must say. `served`: are all customers served?

    `spared`: checks of the effects of a full frontend. Where a setting keeps the frontend from filling, or customers
    from waiting before it, their premise never comes: they hold or do not apply, and are neither violated nor
    inconclusive. `most_hz`: customers per second; more would fill the frontend while they wait up to a second for their
    refusal.
    """

    configuration: str
    holds: tuple[Check, ...] = ()
    violated: tuple[Check, ...] = (checks.right_plan,)
    spared: tuple[Check, ...] = ()
    served: bool = False
    fault: Fault = FLIP
    before: Mitigation | None = None
    most_hz: float = math.inf


REFUSED_HZ: Final = 0.6 * LIMIT
_LIMIT, _QUEUE, _PLAN = checks.session_limit_reached, checks.silent_queue, checks.right_plan
_HEALTH = checks.health_checks_frozen
ROWS: Final = {
    "none": Row("july-22", (), (_PLAN, _LIMIT, _QUEUE, _HEALTH)),
    "server_maxconn": Row("server-maxconn", (_LIMIT,), spared=(_QUEUE, _HEALTH), most_hz=REFUSED_HZ),
    "max_statement_time": Row("max-statement-time", (_LIMIT,), spared=(_QUEUE, _HEALTH), most_hz=REFUSED_HZ),
    "health_port": Row("health-port", (_HEALTH,), (_PLAN, _LIMIT, _QUEUE)),
    "persistent_statistics": Row("persistent-statistics", (_PLAN, _LIMIT), (), served=True, fault=BY_ITSELF),
    "force_index": Row("july-22", (_PLAN, _LIMIT), (), served=True, before=mitigations.force_index()),
    # A token that is not yet cached is read by the wrong plan: in some trials there is such a token, in others none.
    "cache_tokens": Row("july-22", (_LIMIT,), (), spared=(_QUEUE,), before=mitigations.cache_tokens()),
}
QUICK: Final = {"server_maxconn"}
"""What `make test` does; the others are the soak's."""


def rows() -> Iterator[object]:
    for name, row in ROWS.items():
        marks = [pytest.mark.configuration(row.configuration)]
        marks += [pytest.mark.gate if row.served else pytest.mark.reproduction]
        marks += [pytest.mark.mix(*MIX)] if row.fault is BY_ITSELF else []
        marks += [] if name in QUICK else [pytest.mark.soak]
        yield pytest.param(name, id=name, marks=marks)


@pytest.mark.lasts(24 * s)
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
@pytest.mark.parametrize("name", list(rows()))
def test_prevention(trials: Trials, capacity: Capacity, name: str) -> None:
    """One setting, one flip: the checks say exactly what the table does."""
    row = ROWS[name]
    pace = pace_of(trials, capacity, most_hz=row.most_hz)
    if row.fault is BY_ITSELF:
        affords(capacity, VANTAGES * CUSTOMERS)  # with fewer tokens statistics are counted anew less often
    for trial in trials:
        warm(trial, row)
        step = trial.step("flip", row.fault, watch=max(6 * s, pace.climb_ns(LIMIT)))
        assert [check.name for check in row.holds if not step.check(check).holds] == []
        assert [check.name for check in row.violated if not step.check(check).violated] == []
        assert [f for f in map(step.check, row.spared) if not (f.holds or f.not_applicable)] == []
        assert not row.served or (served(step, each_hz(pace)) and min(step.success.values()) >= 0.97)
        assert _LIMIT in row.violated or int(step.measures["sessions_peak"] or 0) < LIMIT


def warm(trial: Trial, row: Row) -> None:
    if row.before:
        trial.step("before", row.before, watch=6 * s)
