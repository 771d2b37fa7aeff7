"""What could not be undone is tried again, if no client will ask for it; what failed in part is held until then."""

import os

import pytest

from harness.agents.conductor import AGAIN_NS
from harness.agents.executor import StillInForce, taken_back
from harness.agents.pending import begin
from harness.model.errors import AgentError
from harness.model.events import OpApplied, OpReleased, PlanDone
from harness.model.ops import Part, Plan, plan
from harness.model.protocol import Arm
from harness.model.units import ms
from tests.conductor_stage import ACT, DROP, LINK, SLOW, Stage

SOON = 10 * ms


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1_000 * ms == AGAIN_NS
    monkeypatch.setattr("harness.agents.conductor.AGAIN_NS", SOON)


def rest(stage: Stage, times: int = 8) -> None:
    for _ in range(times):
        stage.loop.turn(SOON)


@pytest.mark.parametrize("why", ["lease lost", "deadline", "restart"])
def test_an_undo_that_failed_is_tried_again(stage: Stage, why: str) -> None:
    """The client is gone, or only waits; the database answers again after a while."""
    stage.arm(plan([DROP], 20 * ms if why == "deadline" else None))
    stage.until_broken()
    stage.world.stuck = "it does not answer"
    if why == "lease lost":
        stage.leases.release("me")
        assert stage.undo(why=why) == ("Drop on left.external: it does not answer",)
    elif why == "restart":
        stage.conductor.lost("left")
    stage.until(lambda: len(stage.told(OpReleased)) > 1)
    first, second, *_ = stage.told(OpReleased)
    assert second.begun_ns - first.t >= SOON, "a little later: a loop without a pause would hold up everything else"
    assert {(event.why, event.error) for event in stage.told(OpReleased)} == {(why, "it does not answer")}
    assert stage.journalled() == 1
    stage.world.stuck = ""
    stage.until(lambda: not stage.conductor.held())
    assert (stage.world.broken, stage.journalled(), stage.told(OpReleased)[-1].error) == ([], 0, "")
    told = len(stage.events)
    rest(stage)
    assert len(stage.events) == told, "once it is undone it is not undone again"


def test_what_a_client_asked_for_it_asks_for_again(stage: Stage) -> None:
    stage.arm(plan([DROP]))
    stage.until_broken()
    stage.world.stuck = "it does not answer"
    assert stage.undo()
    rest(stage)
    assert len(stage.told(OpReleased)) == 1


def test_one_that_was_undone_by_hand_meanwhile_is_not_tried_again(stage: Stage) -> None:
    stage.arm(plan([DROP]))
    stage.until_broken()
    stage.world.stuck = "it does not answer"
    stage.undo(why="lease lost")
    stage.world.stuck = ""
    assert stage.undo(None) == ()
    stage.leases.claim("me", "me", ("left",), 0)
    stage.arm(plan([DROP]), 2)
    stage.until_broken()
    rest(stage)
    assert stage.world.broken == [DROP], "the same op of a later plan"


def test_what_failed_in_part_is_held_until_it_is_undone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement timed out, and the connection over which it would be taken back is gone."""

    def half(self: object) -> None:
        stage.world.broken.append(DROP)
        raise StillInForce("the answer did not come")

    monkeypatch.setattr("tests.conductor_stage.Switch.apply", half)
    stage.world.stuck = "it does not answer"
    stage.arm(plan([DROP], 20 * ms))
    stage.play()
    assert [event.error for event in stage.told(OpApplied)] == ["the answer did not come"]
    assert ([held.op for held in stage.conductor.held()], stage.journalled()) == ([DROP], 1)
    assert stage.undo() == ("Drop on left.external: it does not answer",)
    stage.world.stuck = ""
    stage.until(lambda: not stage.conductor.held())
    assert (stage.world.broken, stage.journalled()) == ([], 0)


def test_an_error_is_raised_as_it_is_if_all_was_taken_back() -> None:
    done = ["half"]
    with pytest.raises(AgentError, match=r"^no answer$") as caught, taken_back(done.clear):
        raise AgentError("no answer")
    assert (done, isinstance(caught.value, StillInForce)) == ([], False)


def test_an_error_says_what_could_not_be_taken_back() -> None:
    def undo() -> None:
        raise OSError("broken pipe")

    with pytest.raises(StillInForce, match=r"^no answer.* could not be undone yet: broken pipe$"), taken_back(undo):
        raise AgentError("no answer")


def test_a_refusal_leaves_nothing_to_take_back() -> None:
    """What is there is another one's."""
    there = ["another's"]
    with pytest.raises(AgentError, match="there already"), taken_back(there.clear, but=(AgentError,)):
        raise AgentError("there already")
    assert there


@pytest.mark.parametrize("owner, number", [("me", 1), ("me", None), (None, None)])
def test_an_undo_counts_for_a_plan_that_is_still_prepared(stage: Stage, owner: str | None, number: int | None) -> None:
    """Its client has waited 20 s, has undone it, and does something else when the database answers at last."""
    armed = begin(stage.conductor.arm("me", Arm(1, 1, plan([SLOW]))))
    assert not armed.done
    assert stage.result(begin(stage.conductor.undo(owner, "undo", number))) == ()
    with pytest.raises(AgentError, match="was undone while its ops were prepared"):
        stage.until(lambda: armed.done)
    assert (stage.journalled(), stage.conductor.busy) == (0, False)


def test_an_undo_of_another_plan_does_not(stage: Stage) -> None:
    stage.world.go.set()
    armed = begin(stage.conductor.arm("me", Arm(1, 1, plan([SLOW]))))
    assert stage.result(begin(stage.conductor.undo("me", "undo", 2))) == ()
    assert stage.result(armed)
    stage.until_broken()


def test_a_node_that_is_lost_while_an_op_is_applied_ends_its_plan(stage: Stage) -> None:
    """A client that waits for the plan would wait for an end that will not come."""
    stage.arm(Plan((Part(SLOW, 0, 5_000 * ms),)))
    stage.until(lambda: stage.loop.leisure_ns() > 10_000 * ms)  # it is being applied
    stage.conductor.lost("right")
    stage.world.go.set()
    stage.until(lambda: bool(stage.told(OpReleased)))
    assert [event.undone for event in stage.told(PlanDone)] == [False]
    assert stage.world.broken == []


def test_a_plan_that_is_cancelled_is_told(stage: Stage) -> None:
    """Else a client that waits for its later parts waits until they would have ended."""
    stage.arm(Plan((Part(DROP, 0, 10 * ms), Part(LINK, 5_000 * ms, 10_000 * ms), Part(ACT, 9_000 * ms))))
    stage.until(lambda: bool(stage.told(OpReleased)))
    stage.undo(None)
    assert [(event.plan, event.undone) for event in stage.told(PlanDone)] == [(1, True)]


def test_a_plan_that_is_over_is_not_told_again(stage: Stage) -> None:
    stage.arm(plan([DROP]))
    stage.play()
    stage.undo(None)
    assert [event.undone for event in stage.told(PlanDone)] == [False]


def test_no_part_of_a_plan_is_armed_if_one_cannot_be_journalled(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    write, lines = os.write, list[int]()

    def full(fd: int, text: bytes) -> int:
        lines.append(len(text))
        return write(fd, text if len(lines) != 2 else text[:9])

    monkeypatch.setattr("harness.agents.journal.os.write", full)
    with pytest.raises(OSError, match="journal cannot be written"):
        stage.arm(Plan((Part(DROP), Part(LINK))))
    assert (stage.journalled(), stage.conductor.busy, stage.path.read_bytes()) == (0, False, b"")
    monkeypatch.undo()
    stage.arm(plan([LINK]), 2)
    assert stage.journalled() == 1
