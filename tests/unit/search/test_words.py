"""The faults that a search knows are those of an operator's day: a trunk as a whole, an address that is deleted."""

import pytest

from harness.campaign.schedules import parse, text
from harness.lab import compose
from harness.model.units import ms, s
from harness.search import searching
from harness.search.held import held
from harness.search.pair import SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.schedule import Act, Schedule
from harness.search.subject import of_configuration, of_site
from tests.recorded_sites import recorded

VIP, OWN = "10.77.0.100", "10.77.0.1"


@pytest.fixture
def pair() -> SimulatedPair:
    return of_configuration("advert-100ms", compose.topology(())).pair("external")


def test_a_trunk_is_silent_both_ways_or_without_carrier_or_without_adverts(pair: SimulatedPair) -> None:
    assert {"blackhole trunk", "link-down trunk", "vrrp-lost trunk"} <= set(pair.words)


def test_adverts_alone_that_are_lost_for_a_moment(pair: SimulatedPair) -> None:
    """keepalived #74, #1686: a switch loses multicast, nothing else; caches follow the standby, and stay with it."""
    harms = {pair.run(Schedule((Act("vrrp-lost trunk", 0, 300 * ms),), phase * ms)).harm for phase in range(0, 100, 5)}
    assert harms == {None, "wrong cache"}


def test_a_trunk_without_carrier_keeps_adverts_away(pair: SimulatedPair) -> None:
    assert pair.run(Schedule((Act("link-down trunk", 0, 600 * ms),), 45 * ms)).took_over


def test_june_13_by_a_trunk_that_returns_both_ways_at_once(pair: SimulatedPair) -> None:
    """Just after the standby took over the owner's advert comes first: it steps back in silence."""
    harms = {pair.run(Schedule((Act("blackhole trunk", 0, 300 * ms),), phase * ms)).harm for phase in range(0, 100, 5)}
    assert harms == {None, "wrong cache"}


def test_a_node_with_two_cards_is_cut_off_by_both() -> None:
    """June 13 of a pair whose sync group spans two segments: a cut of one trunk alone does not split it.

    higher_prio_send_advert does not end it: the owner, which hears last, never learns of its rival.
    """
    subject = of_site("edge-sync-group", recorded("edge-sync-group"))
    higher = next(each for each in REMEDIES if "higher_prio" in each.line)
    pair = subject._replace(settings=higher.on(subject.settings)).pair()
    acts = Act("blackhole gw1 --direction out", 0, 3_900 * ms), Act("blackhole gw1 --direction in", 0, 4_500 * ms)
    assert {pair.run(Schedule(acts, phase * 100 * ms)).harm for phase in range(10)} >= {"wrong cache"}


def test_a_node_with_one_card_has_no_second_name_for_it(pair: SimulatedPair) -> None:
    assert "blackhole lb-ext-1 --direction in" not in pair.words


def test_an_address_is_deleted(pair: SimulatedPair) -> None:
    assert {f"address-deleted lb-ext-1 --address {each}" for each in (VIP, OWN)} <= set(pair.words)


def test_a_vip_that_is_deleted_once_is_back_after_a_skew(pair: SimulatedPair) -> None:
    """keepalived resigns, and its own timer is the skew: 106 × 0.1 / 256 s. The standby's is longer."""
    ended = pair.run(Schedule((Act(f"address-deleted lb-ext-1 --address {VIP}", 0, 100 * ms),), 50 * ms))
    assert (ended.harm, ended.took_over) == (None, True)
    assert ended.final.owners[VIP] == ("lb-ext-1",)
    assert 0 < ended.dark_ns / pair.customers < 60 * ms


def test_a_vip_that_is_deleted_twice_is_deleted_by_each_as_often_as_alone(pair: SimulatedPair) -> None:
    """At 0, and at 0.45, 0.95 and 1.45 s: what the first would do next, at 0.5 s, ended with it."""
    gone = Act(f"address-deleted lb-ext-1 --address {VIP}", 0, 300 * ms)
    pair.run(Schedule((gone, gone._replace(begin=450 * ms, lasts=1_100 * ms)), 50 * ms))
    assert [each.state for each in pair.told() if each.node == "lb-ext-1"].count("BACKUP") == 4


def test_an_own_address_that_is_gone_moves_the_vip(pair: SimulatedPair) -> None:
    gone = Act(f"address-deleted lb-ext-1 --address {OWN}", 0, 2 * s)
    assert pair.meanwhile(gone, 50 * ms, 0.5) is not None
    assert pair.world.owners(VIP) == ("lb-ext-2",)


def test_a_vip_that_is_deleted_is_no_fault_that_lasts(pair: SimulatedPair) -> None:
    """No pair serves while another program deletes its VIP again and again: to say so of each tells nothing."""
    told = {each.word for each in held(pair, ())}
    assert f"address-deleted lb-ext-1 --address {OWN}" in told
    assert f"address-deleted lb-ext-1 --address {VIP}" not in told


def test_a_fault_may_come_twice(pair: SimulatedPair) -> None:
    """A link that flaps. Not at the same time: one of them would end the other."""
    among = searching.grid(pair)
    among = among._replace(coarse=among.coarse[:1])
    twice = [each for each in searching.in_pairs(pair, among, 1) if len(set(each.words)) == 1]
    assert len({word for each in twice for word in each.words}) == len(pair.words)
    assert all(each.acts[0].lasts < each.acts[1].begin for each in twice)
    assert not any(map(pair.refuses, twice[:50]))


def test_every_word_is_a_schedule_of_a_campaign(pair: SimulatedPair) -> None:
    for word in pair.words:
        schedule = Schedule((Act(word, 0, 300 * ms),), 50 * ms)
        assert parse(text(schedule), pair.words) == schedule
