"""Load must not move the VIP."""

from dataclasses import replace

from harness import checks
from harness.model.events import HaproxySample
from harness.model.ops import FlushNeighbours
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss


def full(node: str, t: float, story: HistoryBuilder | None = None) -> HistoryBuilder:
    return (story or HistoryBuilder()).haproxy(node, t, sessions=2000)


def test_never_full() -> None:
    finding = checks.no_failover_by_overload(*carrier_loss().judged())
    assert finding.holds
    assert "5 of 2000" in finding.sentence


def test_full_and_stays() -> None:
    assert "kept what it had" in checks.no_failover_by_overload(*full(LB1, 3.0).judged()).sentence
    assert checks.no_failover_by_overload(*full(LB1, 3.0).judged()).holds


def test_full_and_moved() -> None:
    story = full(LB1, 3.0).op(FlushNeighbours("gw-1"), 0.0).gives_up(LB1, 5.0).takes(LB2, 5.1)
    finding = checks.no_failover_by_overload(*story.judged())
    assert finding.violated
    assert "lb-ext-2 took the VIP at +5.100 s" in finding.sentence


def test_one_session_less_is_not_full() -> None:
    story = HistoryBuilder().haproxy(LB1, 3.0, sessions=1999).gives_up(LB1, 5.0).takes(LB2, 5.1)
    assert checks.no_failover_by_overload(*story.judged()).holds


def test_order_matters() -> None:
    """Moved first, then full; and it was the other node that was full."""
    moved = HistoryBuilder().gives_up(LB1, 3.0).takes(LB2, 3.1)
    assert checks.no_failover_by_overload(*full(LB1, 5.0, moved).judged()).holds
    assert checks.no_failover_by_overload(*full(LB2, 2.0, moved).judged()).holds


def test_a_fault_of_the_pair_explains_it_as_well() -> None:
    assert checks.no_failover_by_overload(*full(LB1, 0.1, carrier_loss()).judged()).inconclusive


def test_no_samples() -> None:
    history, step = HistoryBuilder().judged()
    events = tuple(event for event in history.events if not isinstance(event, HaproxySample))
    assert checks.no_failover_by_overload(replace(history, events=events), step).inconclusive
