"""Takeovers that operators reported as outages: the VIP is deleted, adverts alone are lost, a node ends without a word.

docs/public-cases.md says what was taken from each report.
"""

import pytest

from experiments.pair import CACHES, FIRST, SECOND, led, owners
from harness import checks, faults
from harness.experiment import Trials
from harness.model.units import ms, s


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("default")
def test_836_vip_deleted(trials: Trials) -> None:
    """#836: a network manager deletes the VIP. keepalived 1.3 did not notice; since 2.0 a node has it again at once."""
    for trial in trials:
        deleted = trial.step("VIP deleted", faults.address_deleted(FIRST), watch=6 * s)
        assert len(owners(deleted)) == 1
        assert deleted.check(checks.no_owner).holds
        assert deleted.check(checks.no_stale_arp).holds
        assert min(deleted.success.values()) >= 0.97


@pytest.mark.nightly
@pytest.mark.reproduction
@pytest.mark.configuration("default")
def test_74_adverts_lost(trials: Trials) -> None:
    """#74: adverts alone are lost for seconds. The standby takes over and steps back; the master announces nothing."""
    for trial in trials:
        lost = faults.vrrp_lost(f"{SECOND}.external", duration=4_300 * ms)
        after = trial.step("adverts lost", lost.aligned("external", phase=500 * ms), watch=4 * s)
        assert owners(after) == (FIRST,)
        assert after.check(checks.survivor_announced).violated
        assert led(after) == dict.fromkeys(CACHES, SECOND)
        assert max(after.success.values()) <= 0.03


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("higher-prio-send-advert")
def test_74_as_advised(trials: Trials) -> None:
    """#74 with vrrp_higher_prio_send_advert: the node that steps back says so, and the master announces itself."""
    for trial in trials:
        lost = faults.vrrp_lost(f"{SECOND}.external", duration=4_300 * ms)
        after = trial.step("adverts lost", lost.aligned("external", phase=500 * ms), watch=4 * s)
        assert owners(after) == (FIRST,)
        assert led(after) == dict.fromkeys(CACHES, FIRST)


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("default")
def test_keepalived_killed(trials: Trials) -> None:
    """keepalived is killed (out of memory): the VIP stays in the kernel, and two nodes have it."""
    for trial in trials:
        killed = trial.step("keepalived killed", faults.killed(FIRST, "keepalived"), watch=6 * s)
        assert owners(killed) == (FIRST, SECOND)


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("default")
def test_power_cut(trials: Trials) -> None:
    """The master loses its power: the standby takes over within master-down, and announces itself."""
    for trial in trials:
        dark = trial.step("power cut", faults.power_cut(FIRST), watch=9 * s)
        assert owners(dark) == (SECOND,)
        assert dark.check(checks.no_owner).holds
        assert dark.check(checks.takeover_announced).holds
        assert min(dark.success.values()) >= 0.97


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("heartbeat-internal")
def test_1465_own_address_gone(trials: Trials) -> None:
    """#1465: the standby's cable is down, then the master's own address on that segment goes: no node has the VIP."""
    for trial in trials:
        own = trial.run.lab.topology.node(FIRST).port("internal").address
        gone = faults.link_down(f"{SECOND}.internal") & faults.address_deleted(FIRST, own)
        after = trial.step("both", gone, watch=6 * s)
        assert owners(after) == ()
        assert after.check(checks.no_owner).violated
