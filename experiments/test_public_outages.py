"""Outages that operators told in public, of pairs whose adverts went on while customers were dark, and the reverse.

docs/public-cases.md says what was taken from each report.
"""

from typing import Final

import pytest

from experiments.pair import CACHES, FIRST, SECOND, ever_owned, led, owners
from harness import checks, faults
from harness.experiment import StepResult, Trials
from harness.faults import Fault
from harness.model.units import ms, s


def returned(after: StepResult) -> None:
    """Both nodes had the VIP; in the end the first alone has it, and every cache leads there."""
    assert owners(after) == (FIRST,)
    assert ever_owned(after) == {FIRST, SECOND}
    assert led(after) == dict.fromkeys(CACHES, FIRST)


SERVERS_FIREWALLED: Final = faults.tcp_lost(f"{FIRST}.internal", "in")


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("check-process")
def test_stack_exchange_servers_firewalled(trials: Trials) -> None:
    """Stack Exchange, 2014-08-25: iptables on the primary balancer drops the SYN/ACKs of its servers. The VIP stays."""
    for trial in trials:
        cut = trial.step("answers of the servers dropped", SERVERS_FIREWALLED, watch=8 * s)
        assert ever_owned(cut) == {FIRST}
        assert cut.check(checks.holder_can_serve).violated
        assert cut.check(checks.pair_agrees).holds
        assert max(cut.success.values()) <= 0.03


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("check-servers")
def test_stack_exchange_a_page_of_the_servers_is_asked_for(trials: Trials) -> None:
    """The same, where the check asks for a page of the servers behind: the VIP moves to the node that reaches them."""
    for trial in trials:
        cut = trial.step("answers of the servers dropped", SERVERS_FIREWALLED, watch=10 * s)
        assert owners(cut) == (SECOND,)
        assert min(cut.success.values()) >= 0.97


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("track-haproxy")
def test_a_full_table_of_connections(trials: Trials) -> None:
    """nf_conntrack is full: what opens a connection is dropped, also where the node's own check sees nothing of it."""
    for trial in trials:
        full = faults.tcp_lost(f"{FIRST}.external", "in", opening=True)
        lost = trial.step("new connections dropped", full, watch=6 * s)
        assert ever_owned(lost) == {FIRST}
        assert max(lost.success.values()) <= 0.03


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("default")
def test_1955_keepalived_starved(trials: Trials) -> None:
    """#1955: keepalived alone stands still for 4.4 s. It then reads the rival's adverts, and announces itself."""
    for trial in trials:
        starved = faults.hung(FIRST, "keepalived", duration=4_400 * ms)
        after = trial.step("keepalived stands still", starved.aligned(phase=500 * ms), watch=6 * s)
        returned(after)


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("default")
def test_1878_announcement_ignored(trials: Trials) -> None:
    """#1878: the master loses its power, the VIP moves, and the router in front goes on as if it had not."""
    for trial in trials:
        cut = faults.power_cut(FIRST) & faults.arp_ignored("gw-2")
        dark = trial.step("power cut", cut, watch=9 * s)
        assert owners(dark) == (SECOND,)
        assert dark.check(checks.takeover_announced).holds
        assert dark.check(checks.no_stale_arp).violated
        assert led(dark) == {"gw-1": SECOND, "gw-2": FIRST, "customer-3": SECOND}


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("check-process")
def test_one_balancer_after_the_other(trials: Trials) -> None:
    """Pivotal Tracker, 2014: the load that ends one balancer goes to the other, and ends that one too."""
    for trial in trials:
        other = faults.after(f"takes({SECOND})", faults.killed(SECOND, "haproxy"))
        both = trial.step("HAProxy killed", faults.killed(FIRST, "haproxy") & other, watch=9 * s)
        assert owners(both) == ()
        assert ever_owned(both) == {FIRST, SECOND}
        assert both.check(checks.no_owner).violated


@pytest.mark.soak
@pytest.mark.reproduction
@pytest.mark.configuration("check-process")
def test_a_standby_that_was_unfit(trials: Trials) -> None:
    """Tumblr, 2012: the way to fall back on was broken before, and no check of it had noticed."""
    for trial in trials:
        quiet = trial.step("HAProxy of the standby killed", faults.killed(SECOND, "haproxy"), watch=5 * s)
        assert min(quiet.success.values()) >= 0.97
        dark = trial.step("power cut", faults.power_cut(FIRST), watch=7 * s)
        assert owners(dark) == ()
        assert max(dark.success.values()) <= 0.03


CABLE_BACK: Final[Fault] = faults.link_down(f"{FIRST}.external", duration=2 * s).then(
    faults.blackhole(f"{FIRST}.external", duration=8 * s)
)


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("default")
def test_99_spanning_tree_listens(trials: Trials) -> None:
    """#99: a cable is plugged in again, and spanning tree forwards nothing for a while: two masters until it does."""
    for trial in trials:
        after = trial.step("cable out, then silent", CABLE_BACK, watch=6 * s)
        returned(after)


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("default")
def test_one_way_between_two_ports(trials: Trials) -> None:
    """Cloudflare, 2020-11-02: a switch drops one way between two ports. The standby hears no advert, its own pass."""
    for trial in trials:
        deaf = faults.vrrp_lost(f"{SECOND}.external", "in", duration=8 * s)
        after = trial.step("adverts lost one way", deaf, watch=5 * s)
        returned(after)


@pytest.mark.soak
@pytest.mark.gate
@pytest.mark.configuration("default")
def test_2528_network_applied_anew(trials: Trials) -> None:
    """#2528: the master's network is applied anew: carrier goes, the addresses too, and both return."""
    for trial in trials:
        own = trial.run.lab.topology.node(FIRST).port("external").address
        address = faults.address_deleted(FIRST, own, duration=3 * s).later(100 * ms)
        anew = faults.link_down(f"{FIRST}.external", duration=2 * s) & address
        after = trial.step("network applied anew", anew, watch=9 * s)
        assert owners(after) == (FIRST,)
        assert led(after) == dict.fromkeys(CACHES, FIRST)
