"""Plans are played: parts applied and released in time, undone with their holder, in whatever state they are."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from harness.agents.conductor import Conductor
from harness.agents.journal import Journal, open_entries
from harness.agents.lanes import Lanes
from harness.agents.lease import Leases
from harness.agents.loop import Loop, now
from harness.agents.mailbox import Mailbox
from harness.agents.pending import Pending, begin
from harness.bench.bare import COMPOSE
from harness.model.errors import AgentError, BadValue
from harness.model.events import AnyEvent, Armed, OpApplied, OpReleased, PlanDone
from harness.model.ops import Alignment, AnyOp, Drop, FlushFdb, LinkDown, Part, Plan, SqlAnalyse, SqlRoll, plan
from harness.model.protocol import Act, Arm
from harness.model.topology import Topology
from harness.model.units import ms

T = TypeVar("T")
DROP, LINK, ACT = Drop("left.external", "ingress"), LinkDown("right.external"), FlushFdb("sw-a")
UNSEEN = "Drop on left.external: its node is not running."
SLOW, SLOW_ACT = SqlRoll("right"), SqlAnalyse("right", until_right=False)
TOPOLOGY = Topology.from_compose(COMPOSE)
AT_ADVERT = Alignment(("left.external",), 51, phase_ns=2 * ms, skip=0)


@dataclass
class World:
    """An executor whose network is a list of what is broken now."""

    broken: list[AnyOp] = field(default_factory=list)
    refuse: str = ""
    stuck: str = ""
    start: Callable[[int], None] | None = None
    go: threading.Event = field(default_factory=threading.Event)  # until then nothing ends that has a lane
    slow_to_prepare: int = 0
    unseen: bool = False
    answers: threading.Event = field(default_factory=threading.Event)  # until then nothing with a lane is restored

    def prepare(self, op: AnyOp) -> "Switch":
        ready = now() + self.slow_to_prepare
        while now() < ready:
            pass
        return Switch(self, op)

    def restore(self, op: AnyOp, before: str) -> None:
        if self.unseen:
            raise AgentError("its node is not running.")
        assert not op.lane or self.answers.wait(5)
        self.prepare(op).undo()

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:
        self.start = start
        return lambda: None


@dataclass
class Switch:
    world: World
    op: AnyOp
    before: str = ""
    met: int | None = 3

    def apply(self) -> None:
        if self.op.lane:
            assert self.world.go.wait(5)
        if self.world.refuse:
            raise AgentError(self.world.refuse)
        self.world.broken.append(self.op)

    def undo(self) -> None:
        if self.world.stuck:
            raise OSError(self.world.stuck)
        while self.op in self.world.broken:
            self.world.broken.remove(self.op)


class Stage:
    def __init__(self, folder: Path) -> None:
        self.loop, self.world, self.events = Loop(), World(), list[AnyEvent]()
        self.path = folder / "journal"
        self.leases = Leases(TOPOLOGY)
        self.leases.claim("me", "me", ("left", "right"), now())
        self.begin_again()

    def begin_again(self) -> None:
        """A life of the agent, with what the one before has left in its journal."""
        self.loop, journal = Loop(), Journal(self.path, "boot")
        lanes = Lanes(Mailbox(self.loop))
        self.events.clear()
        self.conductor = Conductor(self.loop, self.world, journal, self.leases, self.events.append, lanes=lanes)

    def arm(self, what: Plan, number: int = 1) -> int:
        return self.result(begin(self.conductor.arm("me", Arm(1, number, what))))

    def undo(self, owner: str | None = "me", why: str = "undo") -> tuple[str, ...]:
        return self.result(begin(self.conductor.undo(owner, why)))

    def result(self, pending: Pending[T]) -> T:
        self.until(lambda: pending.done)
        return pending.result()

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = now() + 2000 * ms
        while not condition() and now() < deadline:
            self.loop.turn(10 * ms)
        assert condition(), self.events

    def play(self) -> None:
        """Until the plan is done, or two seconds have passed."""
        self.until(lambda: bool(self.told(PlanDone)))

    def until_broken(self) -> None:
        self.until(lambda: bool(self.world.broken))

    def told(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    def journalled(self) -> int:
        return len(open_entries(self.path))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


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
    start = now() + 20 * ms
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
    clock(monkeypatch, now() - 10_000 * ms)
    stage.arm(Plan((Part(DROP, 0, 10 * ms), Part(ACT)), AT_ADVERT), 2)
    stage.play()
    failed = stage.told(OpApplied)
    assert [(e.plan, e.part, e.op, e.asked_ns, e.begun_ns) for e in failed] == [(2, 0, DROP, 0, 0), (2, 1, ACT, 0, 0)]
    assert all(e.error.startswith("no advert of vrid 51") and e.error.endswith("within 10 s") for e in failed)
    assert (stage.world.broken, stage.journalled(), stage.conductor.held()) == ([], 0, ())


def test_a_plan_is_done_when_its_last_part_is(stage: Stage) -> None:
    """Also if one fails before: neither its begin nor the end that it will not have is waited for twice."""
    for first in (Part(DROP), Part(DROP, 0, 5 * ms), Part(ACT)):
        stage.events.clear()
        stage.world.refuse = "no cable"
        stage.arm(Plan((first, Part(LINK, 20 * ms, 30 * ms))))
        stage.until(lambda: bool(stage.told(OpApplied)))
        stage.world.refuse = ""
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


def test_an_act_needs_no_lease(stage: Stage) -> None:
    begin(stage.conductor.act(Act(1, ACT, 7)))
    assert [(event.plan, event.part, event.op) for event in stage.told(OpApplied)] == [(7, 0, ACT)]


def test_the_next_life_undoes_what_was_left(stage: Stage) -> None:
    stage.arm(plan([DROP]))
    stage.until_broken()
    journal = Journal(stage.path, "boot")
    loop = Loop()
    heir = Conductor(loop, stage.world, journal, Leases(TOPOLOGY), lambda _: None, lanes=Lanes(Mailbox(loop)))
    assert heir.replay() == 1
    assert (stage.world.broken, stage.journalled()) == ([], 0)


@pytest.fixture
def heir(stage: Stage) -> Stage:
    """The next life of an agent that held DROP, and cannot undo it at its start."""
    stage.arm(plan([DROP]))
    stage.until_broken()
    stage.world.unseen = True
    stage.begin_again()
    assert stage.conductor.replay() == 0
    return stage


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
