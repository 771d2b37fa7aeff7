"""A plan is played, and undone: by its end, by its owner, with its node."""

from harness.agents.loop import now
from harness.agents.pending import begin
from harness.model.events import Armed, OpApplied, OpReleased, PlanDone
from harness.model.ops import Drop, Part, Plan, plan
from harness.model.protocol import Act, Arm
from harness.model.units import ms
from tests.conductor_stage import ACT, DROP, LINK, SLOW, Stage


def test_a_blip(stage: Stage) -> None:
    start = stage.arm(plan([DROP], 20 * ms))
    assert stage.journalled() == 1, "written before it acts"
    stage.play()
    (applied,), (released,) = stage.told(OpApplied), stage.told(OpReleased)
    assert (applied.asked_ns, released.asked_ns) == (start, start + 20 * ms)
    assert applied.asked_ns <= applied.begun_ns <= applied.t < released.begun_ns <= released.t
    assert (released.why, stage.world.broken, stage.journalled()) == ("deadline", [], 0)


def test_what_it_met_is_told_with_its_release(stage: Stage) -> None:
    """Not of what is still in force: a failed undo, or the first of two holds of the same op."""
    stage.arm(Plan((Part(DROP, 0, 10 * ms), Part(DROP, 0, 20 * ms))))
    stage.play()
    assert [released.met for released in stage.told(OpReleased)] == [None, 3]


def test_an_asymmetric_return_and_an_act(stage: Stage) -> None:
    stage.arm(Plan((Part(DROP, 0, 30 * ms), Part(LINK, 10 * ms, 20 * ms), Part(ACT, 15 * ms))))
    stage.play()
    seen = [(type(e).__name__, e.part) for e in stage.events if isinstance(e, OpApplied | OpReleased)]
    assert seen == [("OpApplied", 0), ("OpApplied", 1), ("OpApplied", 2), ("OpReleased", 1), ("OpReleased", 0)]
    assert stage.world.broken == [ACT]


def test_held_until_undone(stage: Stage) -> None:
    stage.arm(plan([LINK, DROP]))
    stage.play()
    assert [held.op for held in stage.conductor.held()] == [LINK, DROP]
    assert stage.undo() == ()
    assert [event.op for event in stage.told(OpReleased)] == [DROP, LINK], "the fast one first"
    assert (stage.conductor.held(), stage.world.broken) == ((), [])


def test_of_equal_ends_the_fast_one_comes_first(stage: Stage) -> None:
    """A session that holds a lock ends before a statement on the same database, which would wait for the lock."""
    stage.arm(Plan((Part(LINK, 0, 20 * ms), Part(DROP, 1 * ms, 20 * ms))))
    stage.play()
    assert [event.op for event in stage.told(OpReleased)] == [DROP, LINK]


def test_undo_in_the_middle_cancels_the_rest(stage: Stage) -> None:
    stage.arm(Plan((Part(DROP, 0, 10_000 * ms), Part(LINK, 5_000 * ms, 10_000 * ms))))
    stage.until_broken()
    stage.undo(why="lease lost")
    assert [event.why for event in stage.told(OpReleased)] == ["lease lost"]
    assert (stage.world.broken, stage.journalled()) == ([], 0)
    assert stage.loop.leisure_ns() > 10_000 * ms, "no deadline is left"


def test_only_the_owner_is_undone(stage: Stage) -> None:
    stage.leases.claim("you", "you", ("trunk",), now())
    begin(stage.conductor.arm("you", Arm(1, 2, plan([Drop("trunk.a", "egress")]))))
    stage.until_broken()
    stage.undo()
    assert stage.world.broken
    stage.undo(None)
    assert not stage.world.broken


def test_a_failed_undo_is_told_and_may_be_repeated(stage: Stage) -> None:
    stage.arm(plan([DROP]))
    stage.until_broken()
    stage.world.stuck = "no such luck"
    assert stage.undo() == ("Drop on left.external: no such luck",)
    assert (len(stage.conductor.held()), stage.journalled()) == (1, 1)
    stage.world.stuck = ""
    assert stage.undo() == ()
    assert stage.journalled() == 0


def test_an_op_that_fails_is_told_and_holds_nothing(stage: Stage) -> None:
    stage.world.refuse = "no cable"
    stage.arm(plan([DROP], 20 * ms))
    stage.play()
    assert [event.error for event in stage.told(OpApplied)] == ["no cable"]
    assert (stage.told(OpReleased), stage.conductor.held(), stage.journalled()) == ([], (), 0)


def test_overlapping_holds_of_the_same_op_end_with_the_last(stage: Stage) -> None:
    stage.arm(Plan((Part(DROP, 0, 20 * ms), Part(DROP, 10 * ms, 40 * ms))))
    while not stage.told(OpReleased):
        stage.loop.turn(10 * ms)
    assert stage.world.broken
    stage.play()
    assert not stage.world.broken


def test_a_node_that_restarts_takes_its_faults_with_it(stage: Stage) -> None:
    stage.arm(Plan((Part(DROP, 0, 5_000 * ms), Part(LINK, 0, 30 * ms))))
    stage.until_broken()
    stage.conductor.lost("left")
    assert DROP not in stage.world.broken
    stage.play()
    assert sorted(event.why for event in stage.told(OpReleased)) == ["deadline", "restart"]


def test_a_plan_is_done_when_its_last_part_is(stage: Stage) -> None:
    """Also if one fails before: neither its begin nor the end that it will not have is waited for twice."""
    for first in (Part(DROP), Part(DROP, 0, 5 * ms), Part(ACT)):
        stage.events.clear()
        stage.world.refuse, stage.world.refused = "no cable", first.op
        stage.arm(Plan((first, Part(LINK, 20 * ms, 30 * ms))))
        stage.play()
        assert [type(event) for event in stage.events] == [Armed, OpApplied, OpApplied, OpReleased, PlanDone]


def test_a_node_that_is_lost_twice_ends_its_parts_once(stage: Stage) -> None:
    """The release of one is still under way. The other part of the plan is held: the plan is not done."""
    stage.world.go.set()
    stage.arm(Plan((Part(SLOW, 0, 10_000 * ms), Part(DROP, 0, 10_000 * ms))))
    stage.until(lambda: len(stage.told(OpApplied)) == 2)
    stage.conductor.lost("right")
    stage.conductor.lost("right")
    stage.until(lambda: bool(stage.told(OpReleased)))
    assert not stage.told(PlanDone)
    stage.conductor.lost("left")
    assert [type(event) for event in stage.events[-2:]] == [OpReleased, PlanDone]


def test_what_has_no_end_is_lost_with_its_node_as_well(stage: Stage) -> None:
    stage.arm(plan([DROP]))
    stage.play()
    stage.conductor.lost("left")
    assert [event.why for event in stage.told(OpReleased)] == ["restart"]
    assert (stage.conductor.held(), stage.journalled(), len(stage.told(PlanDone))) == ((), 0, 1)


def test_one_plan_of_two_is_undone(stage: Stage) -> None:
    """What one agent accepted and another did not; a fault that was held before stays."""
    stage.arm(plan([LINK]), number=1)
    stage.until(lambda: stage.world.broken == [LINK])
    stage.arm(Plan((Part(DROP, 5_000 * ms),)), number=2)
    assert stage.result(begin(stage.conductor.undo("me", "undo", 2))) == ()
    assert stage.world.broken == [LINK]
    assert stage.loop.leisure_ns() > 10_000 * ms
    stage.arm(plan([DROP]), number=3)
    stage.until(lambda: DROP in stage.world.broken)
    assert stage.result(begin(stage.conductor.undo("me", "undo", 3))) == ()
    assert (stage.world.broken, stage.journalled()) == ([LINK], 1)


def test_an_act_needs_no_lease(stage: Stage) -> None:
    begin(stage.conductor.act(Act(1, ACT, 7)))
    assert [(event.plan, event.part, event.op) for event in stage.told(OpApplied)] == [(7, 0, ACT)]
