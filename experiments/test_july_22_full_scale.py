"""July 22 at its own scale: 2,000 sessions, HAProxy's old default, and as many more as it may have files for.

The platform went to 12,000, which is 24,100 files where a session has two. With 20,000 HAProxy takes up to 9,900.
"""

from typing import Final

import pytest

from experiments.july_22 import FLIP, PROBES, at_balancer, cure_ns, each_hz, pace_of, served
from harness import checks, mitigations
from harness.experiment import Trials
from harness.model.units import s
from harness.recovery.capacity import Capacity

pytestmark = pytest.mark.overlay("databases")

LIMIT: Final = 2_000
RAISED: Final = 9_000  # within the nofile of 20,000 of compose.yaml
CUSTOMERS: Final = 170.0  # requests per second and vantage point: 510 in all


@pytest.mark.soak
@pytest.mark.lasts(120 * s)
@pytest.mark.reproduction
@pytest.mark.configuration("transient-statistics")
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
def test_full_scale(trials: Trials, capacity: Capacity) -> None:
    """2,000 sessions are full after 4 s, 9,000 some 10 s later, and forcing the index cures all the same."""
    pace = pace_of(trials, capacity, CUSTOMERS)
    for trial in trials:
        flip = trial.step("flip", FLIP, watch=max(8 * s, pace.climb_ns(LIMIT)))
        assert flip.measures["sessions_peak"] == LIMIT and flip.check(checks.silent_queue).violated
        filling = pace.climb_ns(RAISED - min(at_balancer(flip), RAISED))
        raised = trial.step("limit", mitigations.session_limit(RAISED), watch=max(16 * s, filling))
        assert raised.measures["sessions_peak"] == RAISED and not served(raised, each_hz(pace))
        force = trial.step("force", mitigations.force_index(), watch=cure_ns(pace, raised))
        assert served(force, each_hz(pace))
