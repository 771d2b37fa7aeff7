"""Which nodes claim the VIP in steady state."""

from dataclasses import replace

import pytest

from harness import checks
from harness.model.events import ArpSeen
from harness.model.ops import Drop
from harness.model.units import ms
from tests.histories import LB1, LB2, VIP, HistoryBuilder, carrier_loss, june_13, ns


def answer(story: HistoryBuilder, node: str, t: float) -> HistoryBuilder:
    """An ordinary ARP reply to gw-1."""
    mac = story.mac(node)
    return story.event(ArpSeen(ns(t), f"{node}.external", True, mac, story.mac("gw-1"), 2, mac, VIP, "10.77.0.11"))


def test_one_answers() -> None:
    assert checks.single_owner(*answer(carrier_loss(), LB1, 5.0).judged()).holds
    assert checks.single_owner(*june_13().judged()).holds


def test_another_answers_without_holding_the_address() -> None:
    finding = checks.single_owner(*answer(carrier_loss(), LB2, 5.0).judged())
    assert finding.violated
    assert "lb-ext-1 and lb-ext-2 answered" in finding.sentence


def test_two_hold_it_at_rest() -> None:
    assert checks.single_owner(*HistoryBuilder().takes(LB2, 5.0).judged()).violated


def test_no_node_holds_it_at_rest() -> None:
    assert "no node answered" in checks.single_owner(*carrier_loss().gives_up(LB1, 6.0).judged()).sentence


def test_an_address_that_was_read_late_is_no_stranger() -> None:
    """lb-ext-2 takes the VIP, answers, and the eye reads it 15 ms later. Two owners for so short a time are allowed."""
    story = answer(HistoryBuilder(), LB2, 4.99).gives_up(LB1, 5.01).takes(LB2, 5.005)
    story.lag_ns = 20 * ms
    assert checks.single_owner(*story.judged()).holds
    story.lag_ns = 1 * ms
    assert checks.single_owner(*story.judged()).violated


def test_unsteady_time_is_not_judged() -> None:
    """Between the first effect and the time to settle anything may happen; other checks judge it."""
    assert checks.single_owner(*answer(carrier_loss(), LB2, 1.0).judged()).holds


def test_before_the_fault_counts() -> None:
    assert checks.single_owner(*answer(carrier_loss(), LB2, -0.5).judged()).violated


def test_a_gap_that_the_observer_cannot_tell_from_none_where_the_settled_part_begins() -> None:
    """Of a later step: only the settled part is looked at. The node that held the VIP in it is named."""
    story = carrier_loss().address(LB1, 2.79, present=False).address(LB1, 2.84, present=True)
    story.lag_ns = 60 * ms
    history, step = story.judged()
    finding = checks.single_owner(history, replace(step, first=False))
    assert finding.holds
    assert "lb-ext-1 alone held" in finding.sentence


def test_a_settled_part_shorter_than_the_gap_that_can_be_told() -> None:
    story = HistoryBuilder(watch_s=2.84).drop("trunk.a", 0.0, 0.8).address(LB1, 2.79, present=False)
    story.lag_ns = 60 * ms
    history, step = story.judged()
    finding = checks.single_owner(history, replace(step, first=False))
    assert finding.inconclusive
    assert "no node was seen to hold 10.77.0.100" in finding.sentence


def test_watch_too_short() -> None:
    finding = checks.single_owner(*HistoryBuilder(watch_s=0.9).judged())
    assert finding.inconclusive
    assert finding.sentence == "The watch ended before the pair had to be settled."


def test_a_fault_that_is_still_held_is_named() -> None:
    """As in a step with an act while an earlier step's fault lasts."""
    for check in (checks.single_owner, checks.service_level):
        finding = check(*HistoryBuilder().drop("trunk.a", 0.0, None).judged())
        assert finding.inconclusive
        assert finding.sentence == f"A fault is still held, so nothing has to be settled: {Drop('trunk.a', 'ingress')}."


def test_evidence_says_how_long_and_how_it_was_told() -> None:
    """From 2 s after the heal at 0.8 s to the end at 10 s, and 1 s before the fault."""
    asked = checks.single_owner(*answer(carrier_loss(), LB1, 5.0).judged()).sentence
    assert "8.200 s at rest lb-ext-1 alone held 10.77.0.100; all 1 ARP frames" in asked
    assert "no cache asked" in checks.single_owner(*carrier_loss().judged()).sentence


@pytest.mark.parametrize("later_ns, verdict", [(0, "holds"), (1, "violated")])
def test_what_is_no_longer_than_the_observer_is_late_may_be_none(later_ns: int, verdict: str) -> None:
    story = HistoryBuilder().gives_up(LB1, 5.0).takes(LB1, 5.02 + later_ns * 1e-9)
    story.lag_ns = 20 * ms
    assert checks.single_owner(*story.judged()).verdict == verdict


def test_the_first_time_is_told() -> None:
    story = HistoryBuilder().gives_up(LB1, 4.0).takes(LB1, 5.0).takes(LB2, 6.0).gives_up(LB2, 7.0)
    finding = checks.single_owner(*story.judged())
    assert finding.sentence == "At +5.000 s no node answered for 10.77.0.100."
    assert [instant.what for instant in finding.instants] == ["no owner", "lb-ext-1 and lb-ext-2"]
