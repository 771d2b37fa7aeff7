"""An interconnect restarts, and the first balancer's card fails over to the other one, with its gratuitous ARP or not.

Needs a lab with interconnects: `harness up --topology docs/glbp.yaml`, then `harness run fabric_failover --lab glbp`.
No VIP moves: the ARP caches are right all the time. Only switches lead to where the card was, until they hear of it.
"""

import pytest

from experiments.pair import FIRST, led, only_owner
from harness import checks, faults
from harness.experiment import StepResult, Trials
from harness.faults.fabric_failover import Announced
from harness.model.units import ms, s

CUT = 400 * ms
PHASE = 50 * ms
"""After an advert, one each second: the card itself speaks next 0.5 s after it has moved."""
LATE = 250 * ms
DARK = {"sent": (0.35, 0.55), "late": (0.35, 0.8), "lost": (0.35, 1.15)}
"""Whether its gratuitous ARP is sent → for how many seconds each vantage point is dark, at least and at most.

Late or lost: until the card itself speaks, with its next advert, or sooner with a segment that TCP repeats.
"""


def dark(step: StepResult) -> dict[str, float]:
    """Vantage point → how long its first outage lasted, of the move out: the move home may be a second one."""
    outages = {name: vantage.outages[0] for name, vantage in step.vantages.items() if vantage.outages}
    return {name: each.end_s - each.begin_s for name, each in outages.items() if each.end_s is not None}


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("default")
@pytest.mark.parametrize("announced", list(DARK))
def test_failover(trials: Trials, announced: Announced) -> None:
    """The pair holds, with its owner; how long customers are dark depends on the interconnect's gratuitous ARP."""
    least, most = DARK[announced]
    for trial in trials:
        fault = faults.fabric_failover(
            f"{FIRST}.external", "fi-b", "uplink-a", cut=CUT, duration=4 * s, announced=announced, late=LATE
        )
        step = trial.step("failover", fault.aligned("external", phase=PHASE), watch=3 * s)
        assert only_owner(step) == FIRST
        assert set(led(step).values()) == {FIRST}
        assert step.check(checks.transitions).holds
        assert all(step.served.values()), step.served
        lasted = dark(step)
        assert lasted.keys() == step.served.keys()
        assert all(least <= each <= most for each in lasted.values()), lasted
