"""The windows of a step, each at its bounds. The builder's settle is 2 s, the prober's read timeout another 2 s."""

import pytest

from harness.history import Step
from harness.history.timeline import Interval
from harness.model.events import AgentStarted, AnyEvent, Marked, OpReleased
from harness.model.ops import Announce, AnyOp, Drop, DropGarp, LinkDown, Signal
from tests.histories import LB1, VIP, HistoryBuilder, ns

NANOSECOND = 1e-9
DROP = Drop("trunk.a", "ingress")


def watched(watch_s: float) -> Step:
    """A drop from 0 to 0.8 s, watched until `watch_s`."""
    return HistoryBuilder(watch_s=watch_s).drop("trunk.a", 0.0, 0.8).judged()[1]


def later(story: HistoryBuilder) -> Step:
    """A second step of the trial, from +9.0 s to +9.5 s."""
    story.event(Marked(ns(9.0), "step_begin", 0, "act")).event(Marked(ns(9.5), "step_end", 0, "act"))
    return story.build().step(0, "act")


@pytest.mark.parametrize(
    "watch_s, settled",
    [
        (2.0, None),
        (2.8, None),  # nothing is left
        (2.8 + NANOSECOND, Interval(ns(2.8), ns(2.8) + 1)),
        (3.0, Interval(ns(2.8), ns(3.0))),
    ],
)
def test_what_is_left_after_the_settling(watch_s: float, settled: Interval | None) -> None:
    assert watched(watch_s).settled == settled


@pytest.mark.parametrize(
    "watch_s, measured",
    [
        (5.8, Interval(ns(2.8), ns(3.8))),  # a second is enough
        (5.8 - 2 * NANOSECOND, Interval(ns(3.3) - 1, ns(5.8) - 2)),  # less is not: the later half since the heal
        (3.0, Interval(ns(1.9), ns(3.0))),
    ],
)
def test_where_success_is_counted(watch_s: float, measured: Interval) -> None:
    assert watched(watch_s).measured == measured


def test_a_release_at_the_instant_of_its_op_is_its_release() -> None:
    assert HistoryBuilder().drop("trunk.a", 0.5, 0.5).judged()[1].heal_ns == ns(0.5)


def test_a_drop_that_outlives_the_step_cuts_until_its_end() -> None:
    assert HistoryBuilder().op(DROP, 0.0).judged()[1].cut == [Interval(ns(0.0), ns(10.0))]


@pytest.mark.parametrize(
    "op", [LinkDown("trunk.a"), DropGarp("trunk.a", "ingress", VIP), Signal(LB1, "keepalived")], ids=str
)
def test_what_leaves_frames_or_tells_the_kernel_cuts_nothing(op: AnyOp) -> None:
    """A lost carrier is noticed, and other frames pass where announcements do not."""
    _, step = HistoryBuilder().op(op, 0.0, 0.8).judged()
    assert step.held
    assert step.cut == []


def test_a_fault_that_begins_with_the_step_is_the_steps_own() -> None:
    step = later(HistoryBuilder().drop("trunk.a", 9.0, 9.2))
    assert (step.inherited, [op.op for op in step.applied]) == ((), [DROP])


def test_a_fault_that_ends_as_the_step_begins_was_still_held() -> None:
    step = later(HistoryBuilder().drop("trunk.a", 0.0, 9.0))
    assert [op.op for op in step.inherited] == [DROP]
    assert step.heal_ns == ns(9.0)


def test_a_release_that_failed_ends_nothing() -> None:
    failed = OpReleased(ns(5), 1, 0, DROP, ns(5), ns(5), "undo", "gone")
    assert [op.op for op in later(HistoryBuilder().op(DROP, 0.0).event(failed)).inherited] == [DROP]


def test_what_failed_or_was_an_act_is_not_inherited() -> None:
    story = HistoryBuilder().op(DROP, 0.0, error="gone").op(Announce("external"), 0.1)
    assert later(story).inherited == ()


@pytest.mark.parametrize(
    "ends",
    [
        OpReleased(ns(0.5), 1, 0, DROP, ns(0.5), ns(0.5), "undo"),
        AgentStarted(ns(0.5), "hand", "boot", 1),  # what it tells of its earlier life comes first
    ],
)
def test_what_ended_at_the_instant_at_which_it_was_applied_is_over(ends: AnyEvent) -> None:
    assert later(HistoryBuilder().op(DROP, 0.5).event(ends)).inherited == ()


def test_what_was_applied_after_the_agent_started_anew_is_inherited() -> None:
    story = HistoryBuilder().event(AgentStarted(ns(0.4), "hand", "boot", 1)).op(DROP, 0.5)
    assert [op.op for op in later(story).inherited] == [DROP]
