"""Outages that users of keepalived reported to its tracker, each made from its report.

Versions and machines differ: here it is keepalived 2.3.3. docs/public-cases.md says what was taken from each report,
and which versions have the defect.
"""

import pytest

from experiments.pair import CACHES, FIRST, SECOND, led, owners
from harness import checks, faults, mitigations
from harness.experiment import StepResult, Trial, Trials
from harness.mitigations import Mitigation
from harness.model.ops import Part, Plan, ServiceReload
from harness.model.topology import Topology
from harness.model.units import ms, s

LOSS = 4300 * ms
PHASE = 500 * ms
"""After an advert of the master, one a second. The standby takes over 3.1 s into the loss and advertises 1 s later.

The first advert after the heal is then the old master's: the other steps back before its own advert arrives.
"""


def unannounced(step: StepResult) -> None:
    """The owner did not learn of its rival, and sent no gratuitous ARP."""
    assert step.check(checks.survivor_announced).violated
    assert step.check(checks.no_stale_arp).violated
    assert set(step.stale_because.values()) == {"never sent"}


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("default")
def test_1927_frozen_by_a_backup(trials: Trials) -> None:
    """#1927: a backup job freezes the master for some seconds; the router sends to the standby for 4 hours."""
    for trial in trials:
        snapshot = faults.freeze(FIRST, duration=LOSS).aligned("external", phase=PHASE)
        thawed = trial.step("snapshot", snapshot, watch=3 * s)
        unannounced(thawed)
        assert owners(thawed) == (FIRST,)
        assert led(thawed) == dict.fromkeys(CACHES, SECOND)
        assert max(thawed.success.values()) <= 0.03


def adverts_lost(trial: Trial) -> StepResult:
    """#1528's network: the node with the higher address is master, and its adverts do not arrive for a while."""
    moved = trial.step("move", mitigations.restart_keepalived(FIRST), watch=3 * s)
    assert led(moved) == dict.fromkeys(CACHES, SECOND)
    loss = faults.blackhole("trunk", duration=LOSS).aligned("external", phase=PHASE, node=SECOND)
    lost = trial.step("loss", loss, watch=4 * s)
    assert owners(lost) == (SECOND,)  # nopreempt or not: of two equals the higher address wins
    return lost


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("equal-priority")
def test_1528_equal_priority(trials: Trials) -> None:
    """#1528: equal priorities and nopreempt; after a split the higher address is master again, unannounced."""
    for trial in trials:
        lost = adverts_lost(trial)
        unannounced(lost)
        assert lost.check(checks.pair_agrees).holds  # the balancers alone show nothing wrong
        assert led(lost) == dict.fromkeys(CACHES, SECOND) | {"gw-1": FIRST}
        assert lost.success["customer-1"] <= 0.03


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("equal-priority-send-advert")
def test_1528_as_advised(trials: Trials) -> None:
    """#1528: with the settings that did not help the reporter, a master that steps back makes the other announce."""
    for trial in trials:
        lost = adverts_lost(trial)
        assert lost.check(checks.survivor_announced).holds
        assert led(lost) == dict.fromkeys(CACHES, SECOND)
        assert min(lost.success.values()) >= 0.97


class Boot(Mitigation, frozen=True):
    """Both nodes start keepalived at once; one has a new configuration `reload_after` ns later."""

    reload_after: int

    def plan(self, topology: Topology) -> Plan:
        start = mitigations.restart_keepalived("balancers").plan(topology)
        return start & Plan((Part(ServiceReload(SECOND, "keepalived"), begin_ns=self.reload_after),))

    def targets(self) -> tuple[str, ...]:
        return FIRST, SECOND

    def describe(self) -> str:
        return f"start keepalived on both, reload it on {SECOND} after {self.reload_after / s:g} s"


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("startup-delay")
def test_2387_reloaded_while_starting(trials: Trials) -> None:
    """#2387: both nodes start at once, one is reloaded meanwhile. This gate was never seen to fail.

    In 2.2.8 the reloaded node ignored adverts, and both were master. That version was not available.
    """
    for trial in trials:
        reloaded = trial.step("boot", Boot(reload_after=2 * s), watch=6 * s)
        assert owners(reloaded) == (FIRST,)
        assert reloaded.check(checks.dual_owner).holds
        assert reloaded.check(checks.pair_agrees).holds
        assert led(reloaded) == dict.fromkeys(CACHES, FIRST)
