"""June 13: a blip of less than a second, and for 40 minutes half the network reaches the wrong balancer.

The trunk between the two halves of the external segment goes silent; each direction returns in its own time. The
standby takes over, hears the master again and steps back in silence; the master never learns that it had a rival, so
no node sends the gratuitous ARP that would correct the far half's caches. The true defect of that night was never
published: this is a plausible mechanism with the same observable state.
"""

import pytest

from experiments.pair import only_owner
from harness import checks, faults, mitigations
from harness.experiment import StepResult, Trial, Trials
from harness.model.units import ms, s

ASYMMETRIC = faults.blackhole("trunk", direction="a-to-b", duration=550 * ms) & faults.blackhole(
    "trunk", direction="b-to-a", duration=800 * ms
)
SYMMETRIC = faults.blackhole("trunk", duration=800 * ms)
SPLIT = {"gw-1": "lb-ext-1", "gw-2": "lb-ext-2", "customer-3": "lb-ext-2"}
HEALED = dict.fromkeys(SPLIT, "lb-ext-1")
REFRESH = 10 * s


def split(trial: Trial, watch: int = 2 * s) -> StepResult:
    """The outage, as every mitigation finds it."""
    blip = trial.step("blip", ASYMMETRIC, watch=watch)
    assert blip.arp == SPLIT
    return blip


@pytest.mark.reproduction
@pytest.mark.configuration("advert-100ms")
@pytest.mark.compares("blip success customer-2", "blip success customer-3")
def test_outage(trials: Trials) -> None:
    """The trunk returns one way first; half the network keeps the wrong balancer until the watch ends."""
    for trial in trials:
        blip = split(trial, watch=10 * s)
        assert blip.success["customer-1"] >= 0.97
        assert max(blip.success["customer-2"], blip.success["customer-3"]) <= 0.03
        assert not blip.served["customer-2"] and not blip.served["customer-3"]
        assert blip.check(checks.no_stale_arp).violated
        assert blip.check(checks.survivor_announced).violated
        assert blip.check(checks.pair_agrees).holds  # the balancers alone show nothing of the outage


@pytest.mark.soak  # `night` shows it, too
@pytest.mark.reproduction
@pytest.mark.configuration("advert-100ms")
def test_flush(trials: Trials) -> None:
    """A flush on every network device heals the customers behind one; those with their own layer 2 stay dark."""
    for trial in trials:
        split(trial)
        flush = trial.step("flush", mitigations.flush_arp("gateways"), watch=3 * s)
        assert flush.arp == HEALED | {"customer-3": "lb-ext-2"}
        assert flush.success["customer-2"] >= 0.97
        assert flush.success["customer-3"] <= 0.03


@pytest.mark.reproduction
@pytest.mark.configuration("advert-100ms")
def test_announce(trials: Trials) -> None:
    """Gratuitous ARP from the platform heals every customer."""
    for trial in trials:
        split(trial)
        announce = trial.step("announce", mitigations.announce("external"), watch=3 * s)
        assert announce.arp == HEALED
        assert min(announce.success.values()) >= 0.97


@pytest.mark.nightly
@pytest.mark.reproduction
@pytest.mark.configuration("advert-100ms")
def test_night(trials: Trials) -> None:
    """Both repairs in the order of that night: flushed first, customer-3 dark until the announcement."""
    for trial in trials:
        split(trial)
        flush = trial.step("flush", mitigations.flush_arp("gateways"), watch=3 * s)
        announce = trial.step("announce", mitigations.announce("external"), watch=3 * s)
        assert flush.arp == HEALED | {"customer-3": "lb-ext-2"}
        assert flush.success["customer-2"] >= 0.97
        assert flush.success["customer-3"] <= 0.03
        assert announce.arp == HEALED
        assert min(announce.success.values()) >= 0.97


@pytest.mark.nightly
@pytest.mark.gate
@pytest.mark.configuration("higher-prio-send-advert")
def test_send_advert_symmetric(trials: Trials) -> None:
    """One last advert of the standby tells the master of its rival, if both directions return together."""
    for trial in trials:
        blip = trial.step("blip", SYMMETRIC, watch=4 * s)
        assert blip.arp == HEALED
        assert min(blip.success.values()) >= 0.97


@pytest.mark.reproduction
@pytest.mark.configuration("higher-prio-send-advert")
def test_send_advert_asymmetric(trials: Trials) -> None:
    """The same setting does not help when that advert meets the direction that is still silent."""
    for trial in trials:
        blip = split(trial, watch=4 * s)
        assert max(blip.success["customer-2"], blip.success["customer-3"]) <= 0.03


@pytest.mark.nightly
@pytest.mark.gate
@pytest.mark.configuration("garp-master-refresh")
def test_refresh(trials: Trials) -> None:
    """A master that repeats its gratuitous ARP ends the outage within one period."""
    for trial in trials:
        blip = trial.step("blip", ASYMMETRIC, watch=REFRESH + 2 * s)
        assert blip.arp == HEALED
        assert all(blip.served.values())
        assert blip.success["customer-1"] >= 0.97  # its gateway was never led astray
        for vantage in ("customer-2", "customer-3"):
            recovery_s = blip.recovery_s[vantage]
            assert recovery_s is not None and recovery_s <= REFRESH / s + 1, f"{vantage}: {recovery_s}"


@pytest.mark.nightly
@pytest.mark.gate
@pytest.mark.configuration("default")
@pytest.mark.compares(
    "blip recovery customer-1", "blip recovery customer-2", "blip recovery customer-3", "blip transitions"
)
def test_survived(trials: Trials) -> None:
    """With one advert a second the same blip ends before a takeover: no transition, nothing stale."""
    for trial in trials:
        blip = trial.step("blip", ASYMMETRIC, watch=4 * s)
        assert blip.arp == dict.fromkeys(SPLIT, only_owner(blip))
        assert blip.check(checks.transitions).holds
        assert min(blip.success.values()) >= 0.97
