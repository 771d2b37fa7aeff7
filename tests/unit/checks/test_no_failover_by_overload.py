"""Load must not move the VIP."""

import pytest

from harness import checks
from harness.model.events import AddressChanged, HaproxySample
from harness.model.ops import DropGarp, FlushNeighbours
from tests.histories import LB1, LB2, VIP, HistoryBuilder, carrier_loss, ns
from tests.shapes import three_nodes


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


def test_the_fullest_is_the_one_nearest_to_its_own_limit() -> None:
    """15 of 20 are more than 1,000 of 2,000."""
    story = HistoryBuilder().haproxy(LB1, 1.0, sessions=1_000).haproxy(LB2, 1.0, sessions=15, limit=20)
    finding = checks.no_failover_by_overload(*story.judged())
    assert finding.not_applicable
    assert finding.sentence == "No frontend was full; at most 15 of 20 sessions."


def moved(takes: float = 5.1, **samples: tuple[tuple[float, int], ...]) -> HistoryBuilder:
    """lb-ext-1 gives the VIP up at 5.0 s. Its frontends: (t, sessions) of 200, each sampled by its own."""
    story = HistoryBuilder().gives_up(LB1, 5.0).takes(LB2, takes)
    story.lag_ns = 0
    for name, told in samples.items():
        for t, sessions in told:
            story.event(HaproxySample(ns(t), LB1, f"{name}/FRONTEND", "OPEN", sessions, 200, 0, 0, 2, 0))
    return story


def by_overload(story: HistoryBuilder) -> bool:
    """Judged although samples are missing: a violation needs only the samples that show it."""
    return checks.no_failover_by_overload(*story.judged()).violated


@pytest.mark.parametrize(
    "t, violated", [(4.0 - 1e-9, False), (4.0, True), (4.5, True), (5.0, True), (5.0 + 1e-9, False)]
)
def test_full_within_the_second_before_it_gave_up(t: float, *, violated: bool) -> None:
    assert by_overload(moved(api=((t, 200),))) is violated


def test_the_last_sample_counts() -> None:
    assert by_overload(moved(api=((4.5, 10), (4.9, 200))))
    assert not by_overload(moved(api=((4.5, 200), (4.9, 10))))


def test_one_full_frontend_of_several_is_enough() -> None:
    assert by_overload(moved(api=((4.9, 10),), web=((4.9, 200),)))


@pytest.mark.parametrize("later_ns, violated", [(0, True), (1, False)])
def test_a_takeover_takes_no_longer_than_its_bound(later_ns: int, *, violated: bool) -> None:
    """3 × 0.1 s + 0.0609375 s + 0.2 s."""
    assert by_overload(moved(takes=5.5609375 + later_ns * 1e-9, api=((4.9, 200),))) is violated


def test_the_last_owner_is_asked() -> None:
    """lb-ext-1 had the VIP twice; what counts is when it gave it up the second time."""
    story = HistoryBuilder().gives_up(LB1, 1.0).takes(LB2, 1.1).gives_up(LB2, 3.0).takes(LB1, 3.1)
    finding = checks.no_failover_by_overload(*full(LB1, 4.0, story).gives_up(LB1, 5.0).takes(LB2, 5.1).judged())
    assert finding.violated
    assert finding.sentence.startswith("lb-ext-2 took the VIP at +6.100 s, while a frontend of lb-ext-1 was full.")


def test_the_first_move_is_told() -> None:
    story = full(LB1, 3.0).gives_up(LB1, 5.0).takes(LB2, 5.1).gives_up(LB2, 6.0).takes(LB1, 6.1)
    finding = checks.no_failover_by_overload(*story.gives_up(LB1, 7.0).takes(LB2, 7.1).judged())
    assert finding.sentence.startswith("lb-ext-2 took the VIP at +6.100 s")
    assert [instant.t_ns for instant in finding.instants] == [ns(3.0), ns(5.1), ns(7.1)]


def test_a_node_that_takes_it_at_the_same_instant_did_not_own_it_before() -> None:
    story = HistoryBuilder(shape=three_nodes()).haproxy(LB1, 3.0, sessions=2000)
    story.gives_up(LB1, 5.0).takes(LB2, 5.1).takes("lb-ext-3", 5.1)
    finding = checks.no_failover_by_overload(*story.judged())
    assert finding.violated
    assert "while a frontend of lb-ext-1 was full" in finding.sentence


def test_no_node_owned_it_before() -> None:
    """Its first owner in the record took it from no other node."""
    story = full(LB1, 3.0).takes(LB2, 5.0)
    story.events = [e for e in story.events if not (isinstance(e, AddressChanged) and e.ip == VIP and e.node == LB1)]
    for node in (LB1, LB2):
        story.address(node, -1.9, present=False)
    assert checks.no_failover_by_overload(*story.judged()).holds
