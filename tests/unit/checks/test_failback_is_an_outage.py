"""What the return of the preferred node costs."""

from dataclasses import replace

import msgspec
import pytest

from harness import checks
from harness.model.limits import Limits
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13, keepalived_conf


def failback(gives_up: float, takes: float) -> HistoryBuilder:
    """lb-ext-1 returns at 3 s; lb-ext-2 gives up first."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).gives_up(LB1, 0.0).takes(LB2, 0.3)
    return story.gives_up(LB2, gives_up).takes(LB1, takes).served_by(LB2, 0.3, gives_up).served_by(LB1, takes, 10.0)


def test_seamless() -> None:
    finding = checks.failback_is_an_outage(*carrier_loss().judged())
    assert finding.holds
    assert "lb-ext-1 took the VIP back at +1.160 s" in finding.sentence
    assert "no vantage point noticed" in finding.sentence


def test_gap_has_the_bound_of_a_takeover() -> None:
    """0.561 s."""
    assert checks.failback_is_an_outage(*failback(3.0, 3.55).judged()).holds
    finding = checks.failback_is_an_outage(*failback(3.0, 3.57).judged())
    assert finding.violated
    assert "no owner for 0.570 s" in finding.sentence


def test_customers_count_too() -> None:
    """The VIP never lacked an owner; customer-2's cache followed late."""
    for end, holds in ((3.5, True), (3.7, False)):
        story = failback(3.0, 3.0).caches(2.9, gw_2=LB2).caches(end, gw_2=LB1).dark(3.0, end, "customer-2")
        finding = checks.failback_is_an_outage(*story.judged())
        assert finding.holds is holds
        assert "customer-2 was down for" in finding.sentence


def test_first_outage_is_not_the_failbacks() -> None:
    """Dark from 0 on for longer than the bound; the return itself costs nothing."""
    assert checks.failback_is_an_outage(*failback(3.0, 3.01).dark(0.0, 1.5).judged()).holds


def test_outage_that_the_return_prolongs() -> None:
    """Down since 2.5 s for another reason; gw-2 follows the VIP late. What it lasted before 3.0 s does not count."""
    for end, holds in ((3.5, True), (3.7, False)):
        story = failback(3.0, 3.0).caches(2.9, gw_2=LB2).caches(end, gw_2=LB1).dark(2.5, end, "customer-2")
        assert checks.failback_is_an_outage(*story.judged()).holds is holds


def test_no_return() -> None:
    for story in (HistoryBuilder(), june_13(), HistoryBuilder().gives_up(LB1, 0.0).takes(LB2, 0.3)):
        finding = checks.failback_is_an_outage(*story.judged())
        assert finding.not_applicable
        assert "did not take the VIP back" in finding.sentence


def test_preferred_is_the_node_with_the_higher_priority() -> None:
    """A takeover by the lower one is no failback, whatever it costs."""
    story = HistoryBuilder().gives_up(LB1, 1.0).takes(LB2, 3.0)
    assert checks.failback_is_an_outage(*story.judged()).not_applicable


def test_takeover_that_was_read_late_seems_longer() -> None:
    """0.57 s between two addresses, either of which was read up to 20 ms late: 0.561 s cannot be excluded."""
    story = failback(3.0, 3.57)
    story.lag_ns = 20 * ms
    finding = checks.failback_is_an_outage(*story.judged())
    assert finding.holds
    assert finding.bound.endswith("plus 0.020 s by which the observer read late")


def test_of_equals_no_node_takes_back() -> None:
    """What looks like a return is another takeover: only a higher priority pre-empts."""
    story = failback(3.0, 4.0)
    files = {node: keepalived_conf(100, 0.1) for node in (LB1, LB2)}
    story.limits = Limits.derive(story.topology, files)
    finding = checks.failback_is_an_outage(*story.judged())
    assert finding.not_applicable
    assert finding.sentence == "No node takes the VIP back: equal priorities, or nopreempt."


@pytest.mark.parametrize("later_ns, verdict", [(0, "holds"), (1, "violated")])
def test_the_bound_itself_is_allowed(later_ns: int, verdict: str) -> None:
    """3 × 0.1 s + 0.0609375 s + 0.2 s."""
    story = failback(3.0, 3.5609375 + later_ns * 1e-9)
    story.lag_ns = 0
    assert checks.failback_is_an_outage(*story.judged()).verdict == verdict


def test_the_worst_return_is_told() -> None:
    story = failback(3.0, 3.4).gives_up(LB1, 5.0).takes(LB2, 5.3).gives_up(LB2, 6.0).takes(LB1, 6.2)
    finding = checks.failback_is_an_outage(*story.served_by(LB2, 5.0, 6.2).judged())
    assert finding.holds
    assert finding.sentence.startswith("lb-ext-1 took the VIP back at +3.400 s: no owner for 0.400 s")
    assert len(finding.instants) == 2


def test_a_vantage_point_that_is_lost_until_the_end() -> None:
    story = failback(3.0, 3.0).caches(2.9, gw_2=LB2).dark(3.0, 10.0, "customer-2")
    finding = checks.failback_is_an_outage(*story.judged())
    assert finding.violated
    assert "customer-2 was down for 6.999 s." in finding.sentence


def test_what_a_vantage_point_saw_was_not_read_late() -> None:
    """An outage has the vantage point's own stamps: the bound has no slack. A gap between addresses has."""
    late = "plus 0.020 s by which the observer read late"
    for end, said in ((3.5, False), (3.01, True)):
        story = failback(3.0, 3.2).caches(2.9, gw_2=LB2).caches(end, gw_2=LB1).dark(3.2, end, "customer-2")
        story.lag_ns = 20 * ms
        assert checks.failback_is_an_outage(*story.judged()).bound.endswith(late) is said


def test_a_vip_that_no_vantage_point_asks_for() -> None:
    """By its owners alone."""
    for takes, verdict in ((3.5, "holds"), (3.7, "violated")):
        history, step = failback(3.0, takes).judged()
        alone = replace(history, topology=msgspec.structs.replace(history.topology, vantages={}))
        finding = checks.failback_is_an_outage(alone, step)
        assert finding.verdict == verdict
        assert finding.sentence.endswith("no vantage point noticed.")


def test_an_outage_that_has_not_ended_when_the_watch_ends() -> None:
    """It has not lasted for too long yet, which says nothing; an earlier return costs less than this one may."""
    for begin, verdict in ((9.7, "inconclusive"), (9.3, "violated")):
        story = failback(begin, begin).caches(begin - 0.1, gw_2=LB2).dark(begin, 10.0, "customer-2")
        finding = checks.failback_is_an_outage(*story.judged())
        assert finding.verdict == verdict
        assert finding.sentence.endswith("lasted until the watch ended.") is finding.inconclusive
