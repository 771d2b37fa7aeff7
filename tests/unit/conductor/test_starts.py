"""When a plan begins, and which plans are refused."""

import pytest

from harness.agents.loop import now
from harness.agents.pending import begin
from harness.model.errors import AgentError, BadValue
from harness.model.events import Armed, OpApplied
from harness.model.ops import Part, Plan, plan
from harness.model.protocol import Act, Arm
from harness.model.units import ms
from tests.conductor_stage import ACT, AT_ADVERT, DROP, SLOW, SLOW_ACT, Stage


def test_alignment(stage: Stage) -> None:
    assert stage.arm(Plan((Part(DROP, 0, 10 * ms),), AT_ADVERT)) == 0
    heard = now()
    assert stage.world.start
    stage.world.start(heard)
    stage.play()
    assert [event.start_ns for event in stage.told(Armed)] == [heard + 2 * ms]


def clock(monkeypatch: pytest.MonkeyPatch, t: int) -> int:
    """The conductor's own: it reads `t` from now on. The loop goes on with the real one."""
    monkeypatch.setattr("harness.agents.conductor.now", lambda: t)
    return t


def test_a_start_that_is_given_counts_more_than_an_alignment(stage: Stage) -> None:
    """Of two agents one hears the advert, and tells the other when that was."""
    start = now() + 1_000 * ms
    aligned = Plan((Part(DROP, 0, 10 * ms),), AT_ADVERT)
    assert stage.result(begin(stage.conductor.arm("me", Arm(1, 1, aligned, start)))) == start
    assert [event.start_ns for event in stage.told(Armed)] == [start]
    stage.play()


def test_without_either_it_starts_in_5_ms(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """`harness.model.protocol.Arm`."""
    t = clock(monkeypatch, now())
    assert stage.arm(plan([DROP])) == t + 5 * ms


@pytest.mark.parametrize("before_ns, refused", [(0, False), (1, True)])
def test_a_start_may_be_this_very_moment(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, before_ns: int, *, refused: bool
) -> None:
    start = clock(monkeypatch, now()) - before_ns
    ask = Arm(1, 1, plan([DROP]), start)
    if refused:
        with pytest.raises(AgentError, match=r"0\.0 ms in the past"):
            begin(stage.conductor.arm("me", ask))
    else:
        assert stage.result(begin(stage.conductor.arm("me", ask))) == start


def test_an_alignment_is_waited_for_10_s(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then its parts are told as failed: they were never asked for. Nothing of them is left."""
    clock(monkeypatch, now() - 9_000 * ms)
    assert stage.arm(Plan((Part(DROP, 0, 10 * ms), Part(ACT)), AT_ADVERT)) == 0
    stage.loop.turn(0)
    assert (stage.events, stage.journalled()) == ([], 1)
    stage.undo()
    stage.events.clear()
    clock(monkeypatch, now() - 10_000 * ms)
    stage.arm(Plan((Part(DROP, 0, 10 * ms), Part(ACT)), AT_ADVERT), 2)
    stage.play()
    failed = stage.told(OpApplied)
    assert [(e.plan, e.part, e.op, e.asked_ns, e.begun_ns) for e in failed] == [(2, 0, DROP, 0, 0), (2, 1, ACT, 0, 0)]
    assert all(e.error.startswith("no advert of vrid 51") and e.error.endswith("within 10 s") for e in failed)
    assert (stage.world.broken, stage.journalled(), stage.conductor.held()) == ([], 0, ())


@pytest.mark.parametrize(
    "part", [Part(DROP, -1, 5), Part(DROP, 5, 5), Part(DROP, 5, 4), Part(DROP, 0, 1 << 62), Part(DROP, 1 << 62)]
)
def test_impossible_times_are_refused(stage: Stage, part: Part) -> None:
    with pytest.raises(BadValue, match="24 hours"):
        stage.arm(Plan((part,)))
    assert stage.journalled() == 0


def test_what_is_refused(stage: Stage) -> None:
    with pytest.raises(AgentError, match="no lease"):
        begin(stage.conductor.arm("you", Arm(1, 1, plan([DROP], ms))))
    with pytest.raises(AgentError, match="in the past"):
        begin(stage.conductor.arm("me", Arm(1, 1, plan([DROP], ms), now() - 1)))
    with pytest.raises(BadValue, match="an act"):
        begin(stage.conductor.act(Act(1, DROP)))


def test_a_plan_whose_ops_are_prepared_too_late_is_refused_and_leaves_nothing(stage: Stage) -> None:
    """With a start that both agents were given, it would begin late, beside a part of the other agent's in time."""
    stage.world.slow_to_prepare = 20 * ms
    with pytest.raises(AgentError, match="in the past by the time its ops are prepared"):
        stage.result(begin(stage.conductor.arm("me", Arm(1, 1, plan([DROP], ms), now() + 5 * ms))))
    assert (stage.journalled(), stage.world.broken, stage.loop.leisure_ns() > 10_000 * ms) == (0, [], True)
    assert not stage.told(Armed)


def test_when_an_act_was_asked_for_and_when_it_began(stage: Stage) -> None:
    stage.world.slow_to_prepare = 20 * ms
    before = now()
    stage.result(begin(stage.conductor.act(Act(1, ACT, 7))))
    (applied,) = stage.told(OpApplied)
    assert before <= applied.asked_ns <= before + 20 * ms <= applied.begun_ns <= applied.t


def test_a_part_on_a_busy_lane_says_when_it_really_began(stage: Stage) -> None:
    """Ops without an end, too: nobody else can tell that it began late."""
    begin(stage.conductor.act(Act(1, SLOW_ACT, 7)))
    start = stage.arm(plan([SLOW]))
    stage.until(lambda: stage.loop.leisure_ns() > 10_000 * ms)
    gone = now()
    stage.world.go.set()
    stage.until(lambda: SLOW in [event.op for event in stage.told(OpApplied)])
    applied = next(event for event in stage.told(OpApplied) if event.op == SLOW)
    assert (applied.asked_ns, applied.begun_ns >= gone) == (start, True)
