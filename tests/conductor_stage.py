"""A conductor on a stage: its executor is a list of what is broken now."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.agents.conductor import Conductor
from harness.agents.journal import Journal, open_entries
from harness.agents.lanes import Lanes
from harness.agents.lease import Leases
from harness.agents.loop import Loop, now
from harness.agents.mailbox import Mailbox
from harness.agents.pending import Pending, begin
from harness.bench.bare import COMPOSE
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, PlanDone
from harness.model.ops import Alignment, AnyOp, Drop, FlushFdb, LinkDown, Plan, SqlAnalyse, SqlRoll
from harness.model.protocol import Arm
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
    refused: AnyOp | None = None  # this op alone; None: every op
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
        if self.world.refuse and self.world.refused in (None, self.op):
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
