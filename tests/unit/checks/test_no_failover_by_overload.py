"""Load must not move the VIP."""

from harness import checks
from harness.model.events import HaproxySample
from harness.model.ops import DropGarp, FlushNeighbours
from tests.histories import LB1, LB2, VIP, HistoryBuilder, carrier_loss


def full(node: str, t: float, story: HistoryBuilder | None = None) -> HistoryBuilder:
    return (story or HistoryBuilder()).haproxy(node, t, sessions=2000)


def test_never_full() -> None:
    finding = checks.no_failover_by_overload(*carrier_loss().judged())
    assert finding.not_applicable
    assert "5 of 2000" in finding.sentence


def test_full_and_stays() -> None:
    finding = checks.no_failover_by_overload(*full(LB1, 3.0).judged())
    assert finding.holds
    assert "lb-ext-1 was full from +4.000 s on" in finding.sentence


def test_full_and_moved() -> None:
    story = full(LB1, 3.0).op(FlushNeighbours("gw-1"), 0.0).gives_up(LB1, 5.0).takes(LB2, 5.1)
    finding = checks.no_failover_by_overload(*story.judged())
    assert finding.violated
    assert "lb-ext-2 took the VIP at +5.100 s, while a frontend of lb-ext-1 was full" in finding.sentence


def test_the_preferred_node_takes_it_before_the_other_gives_up() -> None:
    story = HistoryBuilder().gives_up(LB1, -0.5).takes(LB2, -0.4)
    assert checks.no_failover_by_overload(*full(LB2, 3.0, story).takes(LB1, 5.0).gives_up(LB2, 5.01).judged()).violated


def test_one_session_less_is_not_full() -> None:
    story = HistoryBuilder().haproxy(LB1, 3.0, sessions=1999).gives_up(LB1, 5.0).takes(LB2, 5.1)
    assert checks.no_failover_by_overload(*story.judged()).not_applicable


def test_order_matters() -> None:
    """Moved first, then full; and it was the other node that was full."""
    moved = HistoryBuilder().gives_up(LB1, 3.0).takes(LB2, 3.1)
    assert checks.no_failover_by_overload(*full(LB1, 5.0, moved).judged()).holds
    moved = HistoryBuilder().gives_up(LB1, 3.0).takes(LB2, 3.1)
    assert checks.no_failover_by_overload(*full(LB2, 2.0, moved).judged()).holds


def test_a_frontend_that_has_room_again_does_not_explain_it() -> None:
    """Full for 0.2 s; keepalived stops 8 s later."""
    story = full(LB1, 0.5).haproxy(LB1, 0.7).gives_up(LB1, 8.9).takes(LB2, 9.0)
    assert checks.no_failover_by_overload(*story.judged()).holds


def test_a_takeover_that_comes_late_follows_from_something_else() -> None:
    """0.561 s is what a takeover may take."""
    assert checks.no_failover_by_overload(*full(LB1, 3.0).gives_up(LB1, 5.0).takes(LB2, 5.55).judged()).violated
    assert checks.no_failover_by_overload(*full(LB1, 3.0).gives_up(LB1, 5.0).takes(LB2, 5.57).judged()).holds


def test_a_fault_of_the_pair_explains_it_as_well() -> None:
    assert checks.no_failover_by_overload(*full(LB1, 0.0, carrier_loss()).judged()).inconclusive


def test_announcements_that_are_dropped_explain_nothing() -> None:
    story = full(LB1, 3.0).op(DropGarp(f"{LB2}.external", "ingress", VIP), 0.0).gives_up(LB1, 5.0).takes(LB2, 5.1)
    assert checks.no_failover_by_overload(*story.judged()).violated


def test_no_samples() -> None:
    assert checks.no_failover_by_overload(*HistoryBuilder().unseen(HaproxySample).judged()).inconclusive
