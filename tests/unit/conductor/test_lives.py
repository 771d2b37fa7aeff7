"""What an earlier life of the agent left is undone, or kept and told."""

import pytest

from harness.agents.conductor import Conductor
from harness.agents.journal import Journal
from harness.agents.lanes import Lanes
from harness.agents.lease import Leases
from harness.agents.loop import Loop
from harness.agents.mailbox import Mailbox
from harness.agents.pending import begin
from harness.model.errors import AgentError
from harness.model.events import OpReleased
from harness.model.ops import Part, Plan, plan
from harness.model.units import ms
from tests.conductor_stage import DROP, LINK, SLOW, TOPOLOGY, UNSEEN, Stage


def test_the_next_life_undoes_what_was_left(stage: Stage) -> None:
    stage.arm(plan([DROP]))
    stage.until_broken()
    journal = Journal(stage.path, "boot")
    loop = Loop()
    heir = Conductor(loop, stage.world, journal, Leases(TOPOLOGY), lambda _: None, lanes=Lanes(Mailbox(loop)))
    assert heir.replay() == 1
    assert (stage.world.broken, stage.journalled()) == ([], 0)


def test_what_cannot_be_undone_at_the_start_is_kept_told_and_held(heir: Stage) -> None:
    assert heir.journalled() == 1
    assert heir.conductor.notes() == ("left by an earlier process of this agent, not yet undone: " + UNSEEN,)
    assert [(held.holder, held.op) for held in heir.conductor.held()] == [("me", DROP)]
    assert heir.undo(None) == (UNSEEN,)
    assert heir.journalled() == 1, "the life after this one knows of it, too"


def test_it_is_undone_as_soon_as_it_can_be(heir: Stage) -> None:
    heir.world.unseen = False
    heir.until(lambda: not heir.world.broken)
    (released,) = heir.told(OpReleased)
    assert (released.op, released.why, released.error) == (DROP, "restart", "")
    assert (heir.conductor.notes(), heir.conductor.held(), heir.journalled(), heir.undo(None)) == ((), (), 0, ())


def test_what_needs_a_databases_answer_does_not_keep_the_agent_from_starting(stage: Stage) -> None:
    stage.world.go.set()
    stage.arm(plan([SLOW]))
    stage.arm(plan([DROP]), 2)
    stage.until(lambda: len(stage.world.broken) == 2)
    stage.begin_again()
    assert stage.conductor.replay() == 1
    assert (stage.world.broken, [held.op for held in stage.conductor.held()]) == ([SLOW], [SLOW])
    stage.loop.turn(10 * ms)
    assert stage.conductor.notes()
    stage.world.answers.set()
    stage.until(lambda: not stage.conductor.notes())
    assert (stage.world.broken, stage.journalled()) == ([], 0)


def test_it_is_undone_when_somebody_asks(heir: Stage) -> None:
    heir.world.unseen = False
    assert heir.undo(None) == ()
    assert (heir.world.broken, heir.journalled()) == ([], 0)


@pytest.mark.parametrize("owner, plan_id", [("me", None), (None, 7), ("me", 7)])
def test_who_undoes_his_own_or_one_plan_leaves_what_was_left(
    heir: Stage, owner: str | None, plan_id: int | None
) -> None:
    heir.world.unseen = False
    assert heir.result(begin(heir.conductor.undo(owner, "undo", plan_id))) == ()
    assert (heir.world.broken, heir.journalled()) == ([DROP], 1)


def test_nothing_else_is_held_where_something_is_left(heir: Stage) -> None:
    """To undo it would undo the other one, too."""
    with pytest.raises(AgentError, match=r"left\.external: drop left\.external ingress is left"):
        heir.arm(plan([DROP]), 2)
    assert heir.journalled() == 1
    heir.arm(plan([LINK]), 3)
    heir.until(lambda: LINK in heir.world.broken)


def test_it_is_busy_with_what_is_armed_and_with_what_is_held(stage: Stage) -> None:
    """While it is, a sweep removes nothing: what an op made cannot be told from what was left."""
    assert not stage.conductor.busy
    stage.arm(Plan((Part(DROP, 60_000 * ms),)))
    assert (stage.conductor.busy, stage.conductor.held()) == (True, ())
    stage.undo()
    assert not stage.conductor.busy
    stage.arm(plan([DROP]), 2)
    stage.play()  # the plan is over; until it is undone the op is held
    assert stage.conductor.busy
    stage.undo()
    assert not stage.conductor.busy


def test_it_is_busy_with_what_an_earlier_life_left(heir: Stage) -> None:
    assert heir.conductor.busy
    heir.world.unseen = False
    assert heir.undo(None) == ()
    assert not heir.conductor.busy
