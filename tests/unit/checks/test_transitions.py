"""How often mastership may change for one fault."""

from harness import checks
from harness.model.events import Unwired
from harness.model.ops import Announce, FlushNeighbours, LinkDown, Signal
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13, ns


def test_there_and_back_is_allowed() -> None:
    finding = checks.transitions(*carrier_loss().judged())
    assert finding.holds
    assert "lb-ext-2 at +0.360 s, lb-ext-1 at +1.160 s" in finding.sentence


def test_third_change_is_too_many() -> None:
    story = carrier_loss().takes(LB2, 5.0).gives_up(LB2, 5.1)
    assert checks.transitions(*story.judged()).violated


def test_without_preempt_one_change_is_allowed() -> None:
    for extra, holds in (("", True), ("nopreempt", False)):
        story = HistoryBuilder(extra=extra).op(LinkDown("lb-ext-1.external"), 0.0, 0.8).gives_up(LB1, 0.0)
        story.takes(LB2, 0.36).takes(LB1, 1.2).gives_up(LB2, 1.2)
        assert checks.transitions(*story.judged()).holds is holds


def test_silent_loss_that_nobody_can_notice() -> None:
    """0.8 s at advert_int 1: shorter than 3.6 s − 1 s. A change then is one too many."""
    quiet = HistoryBuilder(advert_int=1.0).drop("trunk.a", 0.0, 0.8)
    assert checks.transitions(*quiet.judged()).holds
    assert checks.transitions(*quiet.takes(LB2, 0.7).gives_up(LB2, 0.9).judged()).violated


def test_silent_loss_that_a_phase_can_reveal() -> None:
    """0.3 s at advert_int 0.1: the standby last heard up to 0.1 s before the loss, and waits 0.361 s."""
    story = HistoryBuilder().op(Signal(LB1, "keepalived"), 0.0, 0.3).takes(LB2, 0.28).gives_up(LB2, 0.4)
    assert checks.transitions(*story.judged()).holds


def test_carrier_loss_is_never_silent() -> None:
    story = HistoryBuilder(advert_int=1.0).op(LinkDown("lb-ext-1.external"), 0.0, 0.8).takes(LB2, 0.7)
    assert checks.transitions(*story.judged()).holds


def test_a_node_that_died_explains_it_whoever_killed_it() -> None:
    story = HistoryBuilder(advert_int=1.0).event(Unwired(ns(0.1), LB1)).takes(LB2, 3.8).takes(LB1, 4.5)
    assert checks.transitions(*story.judged()).holds
    elsewhere = HistoryBuilder(advert_int=1.0).event(Unwired(ns(0.1), "gw-1")).takes(LB2, 3.8)
    assert checks.transitions(*elsewhere.judged()).violated


def test_mitigation_moves_nothing() -> None:
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).op(Announce("external"), 0.1)
    assert checks.transitions(*story.judged()).holds
    assert checks.transitions(*story.takes(LB2, 0.5).judged()).violated


def test_june_13_changes_once() -> None:
    assert checks.transitions(*june_13().judged()).holds
