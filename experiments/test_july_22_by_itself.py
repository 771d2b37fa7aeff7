"""July 22 with no hand: tokens are issued, reports asked for, and the plan flips and heals as statistics are counted.

The fault is nothing but two settings of both databases, those of the configuration `flips-by-itself`: statistics are
counted anew after 30 changed rows, and 32 tables are kept open, fewer than a report walks.
"""

from typing import Final

import pytest

from experiments.july_22 import MIX, VANTAGES, pace_of
from harness import checks, faults
from harness.experiment import Trials
from harness.model.units import s
from harness.recovery.capacity import Capacity
from harness.recovery.pace import affords

pytestmark = pytest.mark.overlay("databases")

CUSTOMERS: Final = 50.0  # requests per second and vantage point: 150 in all
PROBES: Final = 5.0
SETTINGS: Final = faults.slow_query("db-1", "by_itself") & faults.slow_query("db-2", "by_itself")


@pytest.mark.soak
@pytest.mark.lasts(75 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("july-22")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
@pytest.mark.mix(*MIX)
def test_flip(trials: Trials, capacity: Capacity) -> None:
    """Within a minute one database reads along the wrong index."""
    affords(capacity, VANTAGES * CUSTOMERS)  # with fewer tokens statistics are counted anew less often
    pace_of(trials, capacity, CUSTOMERS)
    for trial in trials:
        assert trial.step("by itself", SETTINGS, watch=60 * s).check(checks.right_plan).violated


@pytest.mark.soak
@pytest.mark.lasts(560 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("july-22")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
@pytest.mark.mix(*MIX)
def test_day(trials: Trials, capacity: Capacity) -> None:
    """The outage comes and goes, at least three times."""
    affords(capacity, VANTAGES * CUSTOMERS)  # with fewer tokens statistics are counted anew less often
    pace_of(trials, capacity, CUSTOMERS)
    for trial in trials:
        day = trial.step("day", SETTINGS, watch=540 * s)
        assert day.check(checks.right_plan).violated
        assert int(day.measures["times_full"] or 0) >= 3
