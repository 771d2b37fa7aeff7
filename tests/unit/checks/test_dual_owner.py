"""Two masters are judged from the heal on."""

import pytest

from harness import checks
from harness.model.events import AddressChanged
from harness.model.units import ms
from tests.histories import LB2, VIP, HistoryBuilder, june_13, ns


def cut() -> HistoryBuilder:
    """A partition of 2 s with a second master from 0.36 s on."""
    return HistoryBuilder().drop("trunk.a", 0.0, 2.0).drop("trunk.b", 0.0, 2.0).takes(LB2, 0.36)


def test_during_the_partition_it_is_correct() -> None:
    assert checks.dual_owner(*cut().gives_up(LB2, 2.05).judged()).holds
    assert checks.dual_owner(*june_13().judged()).holds


def test_bound_runs_from_the_heal() -> None:
    """2 × 0.1 s + 50 ms."""
    assert checks.dual_owner(*cut().gives_up(LB2, 2.24).judged()).holds
    finding = checks.dual_owner(*cut().gives_up(LB2, 2.26).judged())
    assert finding.violated
    assert "0.260 s" in finding.sentence
    assert finding.bound.startswith("0.25 s = 2 × advert_int + 50 ms")


def test_a_device_that_is_none_of_the_pair_is_an_owner_too() -> None:
    """It answers ARP for the VIP as well."""
    story = cut().gives_up(LB2, 2.05)
    for t, present in ((3.0, True), (4.0, False)):
        story.event(AddressChanged(ns(t), "gw-2", VIP, "lan0", present))
    assert checks.dual_owner(*story.judged()).violated


def test_lag_of_the_observer_is_allowed() -> None:
    story = cut().gives_up(LB2, 2.26)
    story.lag_ns = 20 * ms
    finding = checks.dual_owner(*story.judged())
    assert finding.holds
    assert "plus 0.020 s" in finding.bound


def test_never() -> None:
    assert checks.dual_owner(*HistoryBuilder().judged()).holds


def test_fault_outlives_the_step() -> None:
    assert checks.dual_owner(*HistoryBuilder().drop("trunk.a", 0.0, None).takes(LB2, 0.36).judged()).inconclusive


def test_watch_ends_too_early() -> None:
    story = HistoryBuilder(watch_s=2.1).drop("trunk.a", 0.0, 2.0).takes(LB2, 0.36)
    assert checks.dual_owner(*story.judged()).inconclusive


def test_no_owner_ever_seen() -> None:
    story = HistoryBuilder()
    story.events = [event for event in story.events if type(event).__name__ != "AddressChanged"]
    assert checks.dual_owner(*story.judged()).inconclusive


@pytest.mark.parametrize("later_ns, verdict", [(0, "holds"), (1, "violated")])
def test_the_bound_itself_is_allowed(later_ns: int, verdict: str) -> None:
    story = cut().gives_up(LB2, 2.25 + later_ns * 1e-9)
    story.lag_ns = 0
    finding = checks.dual_owner(*story.judged())
    assert finding.verdict == verdict
    assert finding.sentence == "From +2.000 s both nodes held 10.77.0.100 for 0.250 s."


def test_the_longest_time_counts() -> None:
    """After the heal they hold it twice."""
    story = cut().gives_up(LB2, 2.05).takes(LB2, 3.0).gives_up(LB2, 4.0).takes(LB2, 5.0).gives_up(LB2, 5.1)
    finding = checks.dual_owner(*story.judged())
    assert finding.violated
    assert finding.sentence.startswith("From +3.000 s both nodes held 10.77.0.100 for 1.000 s")


def test_before_the_heal() -> None:
    """It ends at the very instant of the heal."""
    finding = checks.dual_owner(*cut().gives_up(LB2, 2.0).judged())
    assert finding.holds
    assert finding.sentence == "Two owners ended before the heal."


def test_two_owners_at_the_end_of_the_watch_may_last_too_long() -> None:
    """Those after the heal lasted longer, and kept to the bound."""
    finding = checks.dual_owner(*cut().gives_up(LB2, 2.2).takes(LB2, 9.9).judged())
    assert finding.inconclusive
    assert "for 0.100 s. It lasted until the watch ended." in finding.sentence
    assert checks.dual_owner(*cut().gives_up(LB2, 2.3).takes(LB2, 9.9).judged()).violated
