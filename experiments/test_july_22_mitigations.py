"""July 22, once it is there: what ends it, what only buys time, and how much. Each act alone, from a fresh stuck state.

A raise of the limit buys (6 L − C) / (λ − μ) seconds. C: all connections at the balancer, the kernel's queue included.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from experiments.july_22 import CUSTOMERS, PROBES, RAISED, cure_ns, each_hz, pace_of, served, stuck
from harness import checks, mitigations
from harness.experiment import StepResult, Trials
from harness.mitigations import Mitigation
from harness.model.units import ms, s
from harness.recovery.capacity import Capacity
from harness.recovery.pace import Pace

pytestmark = pytest.mark.overlay("databases")

ACTS: Final[dict[str, Mitigation]] = {
    "force_index": mitigations.force_index(),
    "analyse_statistics": mitigations.analyse_statistics(until_right=True),
    "kill_stuck_queries": mitigations.kill_stuck_queries(older_than=50 * ms),
    "share_report_servers": mitigations.share_report_servers(),
    "reboot": mitigations.reboot(),
    "session_limit": mitigations.session_limit(RAISED),
    "session_limit_by_reload": mitigations.session_limit(RAISED),
    "session_limit_and_report_servers": mitigations.session_limit(RAISED) & mitigations.share_report_servers(),
}
CURES: Final = {"force_index", "analyse_statistics"}
BUYS: Final = {act for act in ACTS if act.startswith("session_limit")}
WATCH: Final = {"kill_stuck_queries": 5 * s, "share_report_servers": 6 * s}
"""Of acts without an effect. The watch of others follows from the capacity: long enough to show their effect."""

TOLERANCE: Final = 0.5
"""Of one trial. Loose: λ and μ are those of two seconds. The median of five must be within a quarter
(harness/bench/soak/july_22.py)."""


def rows() -> Iterator[object]:
    for act in ACTS:
        marks = [pytest.mark.configuration("process-limit" if act.endswith("by_reload") else "july-22")]
        yield pytest.param(act, id=act, marks=marks)


@pytest.mark.soak
@pytest.mark.lasts(45 * s)
@pytest.mark.reproduction
@pytest.mark.load(background=CUSTOMERS, probe=PROBES)
@pytest.mark.parametrize("act", list(rows()))
def test_mitigation(trials: Trials, capacity: Capacity, act: str) -> None:
    """One act, 4 s after the frontend is full: exactly those of the table serve every customer again."""
    pace = pace_of(trials, capacity)
    for trial in trials:
        flip = stuck(trial, pace)
        step = trial.step(act, ACTS[act], watch=watch_ns(act, pace, flip))
        assert served(step, each_hz(pace)) == (act in CURES)
        assert act in CURES or step.check(checks.right_plan).violated
        if act in BUYS:
            bought(step, "reload" if act.endswith("by_reload") else "live")


def watch_ns(act: str, pace: Pace, flip: StepResult) -> int:
    """Until every customer is served, or the frontend is full again. After a reload it begins without sessions."""
    if act in CURES:
        return cure_ns(pace, flip)
    return max(12 * s, pace.climb_ns(RAISED)) if act in BUYS else WATCH.get(act, 12 * s)


def bought(step: StepResult, way: str) -> None:
    """The frontend had room, and for about as long as the rates before the act predicted."""
    assert step.measures["limit_set"] == f"lb-ext-1 {way}, lb-ext-2 {way}"
    measured, predicted = (float(step.measures[name] or 0) for name in ("seconds_to_limit", "predicted_s"))
    assert abs(measured - predicted) <= TOLERANCE * predicted
