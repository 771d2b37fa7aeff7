"""Which node announces a VIP, and whether it holds it."""

import pytest

from harness import checks
from harness.model.events import AddressChanged, ArpSeen
from harness.model.units import ms
from tests.histories import LB1, LB2, VIP, HistoryBuilder, carrier_loss


def test_a_takeover_and_its_return_are_announced_by_their_owners() -> None:
    finding = checks.announced_by_owner(*carrier_loss().judged())
    assert finding.holds
    assert "lb-ext-2" in finding.sentence
    assert finding.bound.endswith("by which the observer read late")


def test_a_standby_that_announces_the_vip() -> None:
    finding = checks.announced_by_owner(*HistoryBuilder().announces(LB2, 3.0).judged())
    assert finding.violated
    assert f"lb-ext-2 announced {VIP} at " in finding.sentence
    assert [instant.what for instant in finding.instants] == [f"lb-ext-2 announces {VIP}"]


def test_one_that_has_given_the_vip_up_goes_on_announcing_it() -> None:
    """As after garp_master_refresh of a node whose address another program deleted."""
    story = HistoryBuilder().gives_up(LB1, 1.0).takes(LB2, 1.4).announces(LB1, 1.02)
    story.lag_ns = 5 * ms
    assert checks.announced_by_owner(*story.judged()).violated


@pytest.mark.parametrize("lag_ns, verdict", [(50 * ms - 1, "violated"), (50 * ms, "holds"), (60 * ms, "holds")])
def test_an_address_that_was_read_late_is_no_lie(lag_ns: int, verdict: str) -> None:
    """The frame carries the kernel's time, the address that of the observer: 50 ms later."""
    story = HistoryBuilder().gives_up(LB1, 0.0).takes(LB2, 0.36, announces=False).announces(LB2, 0.31)
    story.lag_ns = lag_ns
    assert checks.announced_by_owner(*story.judged()).verdict == verdict


@pytest.mark.parametrize("times, told", [((1.0,), "1 announcement"), ((1.0, 1.01, 1.02), "3 announcements")])
def test_how_many_came_from_whom(times: tuple[float, ...], told: str) -> None:
    story = HistoryBuilder()
    for t in times:
        story.announces(LB1, t)
    finding = checks.announced_by_owner(*story.judged())
    assert finding.sentence == f"{told} of {VIP} came from lb-ext-1, holding it."


def test_no_announcement_is_no_pass() -> None:
    assert checks.announced_by_owner(*HistoryBuilder().judged()).not_applicable


@pytest.mark.parametrize("unseen", [ArpSeen, AddressChanged])
def test_what_is_not_recorded_is_inconclusive(unseen: type[ArpSeen] | type[AddressChanged]) -> None:
    story = HistoryBuilder().announces(LB2, 3.0).unseen(unseen)
    assert checks.announced_by_owner(*story.judged()).inconclusive
