"""A fault as it was asked for, and as it was."""

from dataclasses import replace

import msgspec
import pytest

from harness.model.events import AdvertSeen, ArpSeen, MarkerSeen, OpApplied, OpReleased
from harness.model.ops import Drop, DropGarp, DropVrrp, FlushNeighbours, Signal
from harness.model.outcome import FaultOutcome
from harness.model.units import s, us
from harness.recovery import fault, fault_outcome, invalid_because
from tests.full_network import full
from tests.histories import VIP, HistoryBuilder, june_13, ns

APPLIED, RELEASED = 0.001, 0.801  # of `cut`, in the builder's seconds: begun 30 µs before


def test_first_effect_to_last_release() -> None:
    outcome = fault_outcome(*june_13().judged())
    assert outcome is not None
    assert (outcome.asked_s, outcome.achieved_s) == (0.8, 0.8)
    assert [(part.op, part.achieved_s) for part in outcome.parts] == [
        ("drop trunk.b ingress", 0.55),
        ("drop trunk.a ingress", 0.8),
    ]


def test_frames_bracket_it() -> None:
    """Numbered frames every 10 ms: the last passed 10 ms before the cut, the first again at its end."""
    story = HistoryBuilder().drop("trunk.a", 0.001, 0.801)
    for number, t in enumerate(range(-1000, 2000, 10)):
        story.event(MarkerSeen(ns(t / 1e3), "trunk.a", True, 1, number))
        if not 1 <= t < 801:
            story.event(MarkerSeen(ns(t / 1e3) + 1000, "gw-1.external", False, 1, number))
    outcome = fault_outcome(*story.judged())
    assert outcome is not None
    assert outcome.wire_s is not None
    assert list(outcome.wire_s) == pytest.approx([0.79, 0.81])
    assert outcome.parts[0].wire_s == outcome.wire_s


def frames(story: HistoryBuilder, *offered: tuple[int, bool]) -> HistoryBuilder:
    """Numbered frames reach trunk.a at these instants (ns); which of them went on."""
    for number, (t, passed) in enumerate(offered):
        story.event(MarkerSeen(t, "trunk.a", True, 1, number))
        if passed:
            story.event(MarkerSeen(t + 1000, "gw-1.external", False, 1, number))
    return story


def wire_of(story: HistoryBuilder) -> tuple[float, float] | None:
    outcome = fault_outcome(*story.judged())
    assert outcome is not None
    return outcome.wire_s


def cut() -> HistoryBuilder:
    return HistoryBuilder().drop("trunk.a", APPLIED, RELEASED)


BEGUN, ACKNOWLEDGED = ns(APPLIED) - 30 * us, ns(APPLIED)
LET_GO, FREE = ns(RELEASED) - 30 * us, ns(RELEASED)
CONTRADICTED = "Captured frames contradict the agent's report of drop trunk.a ingress"


@pytest.mark.parametrize(
    "offered, valid",
    [
        ([(ACKNOWLEDGED, True), (ns(0.4), False)], True),
        ([(ACKNOWLEDGED + 1, True), (ns(0.4), False)], False),
        ([(ns(-0.1), True), (BEGUN, False)], True),
        ([(ns(-0.1), True), (BEGUN - 1, False)], False),
        ([(ns(0.6), False), (LET_GO, True)], True),
        ([(ns(0.6), False), (LET_GO - 1, True)], False),
        ([(FREE, False), (ns(0.9), True)], True),
        ([(FREE + 1, False), (ns(0.9), True)], False),
    ],
)
def test_frames_change_their_fate_between_the_call_and_its_acknowledgement(
    offered: list[tuple[int, bool]], *, valid: bool
) -> None:
    """The rule of `harness.history.wire`, to the nanosecond."""
    reasons = invalid_because(*frames(cut(), *offered).judged())
    assert [CONTRADICTED in reason for reason in reasons] == ([] if valid else [True])


@pytest.mark.parametrize("t, valid", [(ACKNOWLEDGED, True), (ACKNOWLEDGED + 1, False)])
def test_what_is_still_held_at_the_end_has_a_begin_to_contradict(t: int, *, valid: bool) -> None:
    story = frames(HistoryBuilder().drop("trunk.a", APPLIED, None), (t, True), (ns(0.4), False))
    assert len(invalid_because(*story.judged())) == (not valid)


@pytest.mark.parametrize("missing", range(4))
def test_without_a_frame_on_each_side_of_both_turns_the_wire_says_nothing(missing: int) -> None:
    """Two before and after the begin, two before and after the release. A frame half a second away is near enough."""
    offered = [(ns(-0.4), True), (ns(0.41), False), (ns(0.42), False), (ns(1.2), True)]
    assert wire_of(frames(cut(), *offered)) == pytest.approx((0.01, 1.6))
    left = offered[:missing] + offered[missing + 1 :]
    assert (wire_of(frames(cut(), *left)) is None) == (missing in (0, 3))
    assert wire_of(frames(cut(), *(each for each in offered if each[1]))) is None


@pytest.mark.parametrize("away_ns, near", [(s // 2, True), (s // 2 + 1, False)])
def test_frames_more_than_half_a_second_away_say_nothing(away_ns: int, *, near: bool) -> None:
    for first, last in ((ACKNOWLEDGED - away_ns, ns(1.0)), (ns(-0.1), FREE + away_ns - us)):  # seen again 1 µs later
        offered = ((first, True), (ns(0.4), False), (ns(0.5), False), (last, True))
        assert (wire_of(frames(cut(), *offered)) is not None) == near


def test_one_end_of_a_short_fault_says_nothing_of_the_other() -> None:
    """0.1 s: nine tenths of that around each end are looked at. What passes as it is let go did not pass its begin."""
    short = HistoryBuilder().drop("trunk.a", 0.0, 0.1)
    assert invalid_because(*frames(short, (ns(0.1) - 20 * us, True)).judged()) == ()
    short = HistoryBuilder().drop("trunk.a", 0.0, 0.1)
    assert invalid_because(*frames(short, (ns(0.0) + 20 * us, False)).judged()) == ()
    short = HistoryBuilder().drop("trunk.a", 0.0, 0.1)
    assert wire_of(frames(short, (ns(-0.09), True), (ns(0.05), False), (ns(0.18), True))) == (0.0, 0.27)


def test_frames_that_contradict_it_do_not_make_it_shorter_than_nothing() -> None:
    """They pass before its end and are missing after that: said once, as a contradiction, and not as a length."""
    offered = ((ns(0.3), False), (ns(0.4), True), (ns(0.42), False))
    story = frames(HistoryBuilder().drop("trunk.a", 0.0, 0.6), *offered)
    assert wire_of(story) == (0.0, 0.0)
    assert len(invalid_because(*story.judged())) == 1


def test_announcements_that_are_dropped_leave_other_frames_alone() -> None:
    story = HistoryBuilder().op(DropGarp("gw-1.external", "egress", VIP), APPLIED, RELEASED)
    assert invalid_because(*frames(story, *((ns(t / 10), True) for t in range(-9, 20))).judged()) == ()
    assert wire_of(story) is None


@pytest.mark.parametrize("elsewhere", ["trunk-bc.a", "gw-2.external"])
def test_in_a_ring_a_copy_that_went_the_other_way_around_has_not_passed(elsewhere: str) -> None:
    """Seen at sw-b when sw-a has dropped it. Where there is one way alone, a frame that is seen later has passed."""
    story = frames(cut(), (ns(-0.1), True), (ns(0.4), False), (ns(0.7), False), (ns(0.9), True))
    for number, t in enumerate((-0.1, 0.4, 0.7, 0.9)):
        story.event(MarkerSeen(ns(t) + 2000, elsewhere, False, 1, number))
    history, step = story.judged()
    (ring,) = fault.held_parts(replace(history, topology=full()), step)
    assert ring.inside_brackets
    assert ring.outcome().wire_s == pytest.approx((0.3, 1.0))
    (alone,) = fault.held_parts(history, step)
    assert not alone.inside_brackets


def adverts(story: HistoryBuilder, *offered: tuple[float, bool]) -> HistoryBuilder:
    """Adverts of another router reach trunk.a at these instants (s); which of them went on."""
    for t, passed in offered:
        for port, inward in (("trunk.a", True), *([("gw-1.external", False)] if passed else [])):
            story.event(
                AdvertSeen(ns(t) + (not inward) * 1_000, port, inward, "02:77:00:00:00:77", "10.77.0.7", 9, 100)
            )
    return story


LOST = DropVrrp("trunk.a", "ingress", multicast=False)


def test_adverts_bracket_their_own_loss_and_other_frames_pass() -> None:
    """An advert a second: the last one passed 0.4 s before, the first one again 0.1 s after."""
    story = HistoryBuilder().op(LOST, 0.0, 2.5)
    times = ((-1.4, True), (-0.4, True), (0.4, False), (1.6, False), (2.4, False), (2.6, True))
    told = frames(adverts(story, *times), *((ns(t / 10), True) for t in range(-9, 30)))
    assert invalid_because(*told.judged()) == ()
    assert wire_of(told) == (2.0, 3.0)


def test_an_advert_that_passes_while_it_is_dropped_contradicts() -> None:
    story = adverts(HistoryBuilder().op(LOST, 0.0, 2.0), (-0.3, True), (0.2, True), (0.4, False))
    (reason,) = invalid_because(*story.judged())
    assert reason.startswith("Captured frames contradict the agent's report of drop vrrp trunk.a ingress")


def test_of_adverts_to_a_group_alone_frames_do_not_tell() -> None:
    """An advert to a unicast_peer passes."""
    story = HistoryBuilder().op(DropVrrp("trunk.a", "ingress", multicast=True), 0.0, 2.0)
    assert invalid_because(*adverts(story, (-0.3, True), (0.2, True), (0.4, False)).judged()) == ()


def outcome_of(story: HistoryBuilder) -> FaultOutcome:
    outcome = fault_outcome(*story.judged())
    assert outcome is not None
    return outcome


def test_from_the_first_part_to_the_last_release() -> None:
    outcome = outcome_of(HistoryBuilder().drop("trunk.b", 0.25, 2.0).drop("trunk.a", 0.0, 0.5))
    assert (outcome.asked_s, outcome.achieved_s) == (2.0, 2.0)
    assert [(part.asked_s, part.achieved_s) for part in outcome.parts] == [(0.5, 0.5), (1.75, 1.75)]


def test_a_part_that_is_still_held_leaves_the_whole_without_an_end() -> None:
    outcome = outcome_of(HistoryBuilder().drop("trunk.a", 0.0, 0.5).drop("trunk.b", 0.0, None))
    assert (outcome.asked_s, outcome.achieved_s, outcome.wire_s) == (None, None, None)
    assert [(part.asked_s, part.achieved_s) for part in outcome.parts] == [(0.5, 0.5), (None, None)]


def test_an_op_that_was_undone_has_no_length_asked_for() -> None:
    """Of one part: neither of the whole."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.5).drop("trunk.b", 0.0, 0.75)
    story.events = [
        msgspec.structs.replace(event, why="undo") if isinstance(event, OpReleased) and event.t == ns(0.5) else event
        for event in story.events
    ]
    outcome = outcome_of(story)
    assert (outcome.asked_s, outcome.achieved_s) == (None, 0.75)
    assert [(part.asked_s, part.achieved_s) for part in outcome.parts] == [(None, 0.5), (0.75, 0.75)]


def test_two_that_end_at_once_have_each_its_own_release() -> None:
    """Both were asked to end 0.5 s after their begin, and ended together."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.5).drop("trunk.b", 0.25, 0.75)
    story.events = [
        msgspec.structs.replace(event, t=ns(0.75)) if isinstance(event, OpReleased) else event for event in story.events
    ]
    assert [(part.asked_s, part.achieved_s) for part in outcome_of(story).parts] == [(0.5, 0.75), (0.5, 0.5)]


def test_the_same_op_twice_in_a_plan_has_two_lengths() -> None:
    """A link that flaps."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.25).drop("trunk.a", 1.0, 1.5)
    story.events = [
        msgspec.structs.replace(event, plan=1, part=event.plan) if hasattr(event, "plan") else event
        for event in story.events
    ]
    assert [part.achieved_s for part in outcome_of(story).parts] == [0.25, 0.5]


def test_burst_of_gratuitous_arp_is_no_evidence() -> None:
    """One is on its way to the drop while another, 30 µs later, is seen on a port before it: nothing passed."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    for t in (0.3, 0.30003):
        story.announces("lb-ext-2", t)
        garp = story.events[-1]
        assert isinstance(garp, ArpSeen)
        for delay_ns, port, inward in ((5_000, "gw-2.external", False), (9_000, "trunk.a", True)):
            story.event(msgspec.structs.replace(garp, t=garp.t + delay_ns, port=port, inward=inward))
    assert invalid_because(*story.judged()) == ()


def test_op_without_frames_has_no_bracket() -> None:
    outcome = fault_outcome(*HistoryBuilder().op(Signal("lb-ext-1", "keepalived"), 0.0, 1.0).judged())
    assert outcome is not None
    assert outcome.wire_s is None
    assert outcome.achieved_s == 1.0


def test_held_beyond_the_step() -> None:
    """`op` without an end; nothing was asked, nothing achieved yet."""
    outcome = fault_outcome(*HistoryBuilder().drop("trunk.a", 0.0, None).judged())
    assert outcome is not None
    assert (outcome.asked_s, outcome.achieved_s, outcome.wire_s) == (None, None, None)


def test_acts_are_no_fault() -> None:
    assert fault_outcome(*HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).judged()) is None


def test_failed_op_had_no_effect() -> None:
    assert fault_outcome(*HistoryBuilder().op(Drop("trunk.a", "ingress"), 0.0, error="refused").judged()) is None


@pytest.mark.parametrize("stream, counted", [(False, 7), (True, None)])
def test_what_a_drop_met_is_not_known_while_our_own_stream_crosses_it(*, stream: bool, counted: int | None) -> None:
    """The kernel counts its 500 frames a second with all others."""
    story, op = HistoryBuilder(), Drop("trunk.a", "ingress")
    story.event(OpApplied(ns(0), 1, 0, op, ns(0), ns(0)))
    story.event(OpReleased(ns(1), 1, 0, op, ns(1), ns(1), met=7))
    if stream:
        story.event(MarkerSeen(ns(-0.1), "trunk.a", True, 1, 1))
    outcome = fault_outcome(*story.judged())
    assert outcome is not None
    assert outcome.parts[0].met == counted
