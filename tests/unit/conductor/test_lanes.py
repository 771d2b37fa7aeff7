"""Ops that take long have lanes of their own."""

import pytest

from harness.agents.pending import begin
from harness.model.errors import AgentError
from harness.model.events import OpApplied, OpReleased
from harness.model.ops import plan
from harness.model.protocol import Act, Arm
from harness.model.units import ms
from tests.conductor_stage import DROP, SLOW, SLOW_ACT, Stage


def test_what_takes_long_delays_nobody(stage: Stage) -> None:
    """While one op is being applied on its lane, another is applied and released on the loop."""
    slow = begin(stage.conductor.act(Act(1, SLOW_ACT, 7)))
    stage.arm(plan([DROP], 5 * ms))
    stage.play()
    assert not slow.done
    stage.world.go.set()
    assert stage.result(slow) == stage.told(OpApplied)[-1].t


def test_an_undo_that_comes_while_it_is_applied_is_done_after_it(stage: Stage) -> None:
    stage.arm(plan([SLOW], 5_000 * ms))
    stage.until(lambda: stage.loop.leisure_ns() > 10_000 * ms)  # its begin has come
    undone = begin(stage.conductor.undo("me", "undo"))
    again = begin(stage.conductor.undo(None, "lease lost"))
    assert (undone.done, stage.conductor.held(), stage.journalled()) == (False, (), 1)
    stage.world.go.set()
    assert (stage.result(undone), stage.result(again)) == ((), ())
    assert [type(e) for e in stage.events if isinstance(e, OpApplied | OpReleased)] == [OpApplied, OpReleased]
    assert (stage.world.broken, stage.journalled()) == ([], 0)
    assert stage.loop.leisure_ns() > 10_000 * ms, "its end is not waited for"


def test_one_that_fails_while_its_undo_waits_holds_nothing(stage: Stage) -> None:
    stage.world.refuse = "no such table"
    stage.arm(plan([SLOW]))
    stage.until(lambda: stage.loop.leisure_ns() > 10_000 * ms)
    undone = begin(stage.conductor.undo("me", "undo"))
    stage.world.go.set()
    assert stage.result(undone) == ()
    assert [event.error for event in stage.told(OpApplied)] == ["no such table"]
    assert (stage.told(OpReleased), stage.journalled()) == ([], 0)


def test_one_whose_holder_leaves_while_it_is_prepared_is_not_armed(stage: Stage) -> None:
    armed = begin(stage.conductor.arm("me", Arm(1, 1, plan([SLOW]))))
    stage.leases.release("me")
    with pytest.raises(AgentError, match="no lease"):  # as whoever waits for it would be told
        stage.until(lambda: armed.done)
    assert stage.journalled() == 0


def test_two_of_the_same_op_undone_at_once_are_undone_once(stage: Stage) -> None:
    """The last of them undoes it, also where the first one's undo takes long."""
    stage.world.go.set()
    stage.arm(plan([SLOW, SLOW]))
    stage.play()
    assert stage.undo() == ()
    assert (stage.world.broken, len(stage.told(OpReleased))) == ([], 2)
