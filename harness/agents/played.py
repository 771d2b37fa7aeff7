"""A plan that an agent executes: what the conductor knows of it and of each of its parts."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from harness.agents.executor import Prepared, nothing
from harness.agents.pending import Pending
from harness.agents.timer import Timer, never
from harness.model.errors import AgentError, BadValue
from harness.model.ops import AnyOp, Part
from harness.model.units import DAY, ms


@dataclass(eq=False)
class PlayedPart:
    owner: Hashable
    holder: str
    plan: "PlayedPlan"
    number: int
    spec: Part
    prepared: Prepared
    entry: int = 0
    timer: Timer | None = None
    again: Timer = field(default_factory=never)  # another attempt at an undo that has failed
    since_ns: int = 0  # 0: not applied
    release: Pending[str] | None = None  # in progress, or ended with a failure

    @property
    def op(self) -> AnyOp:
        return self.spec.op

    @property
    def act(self) -> bool:
        return not self.op.held

    @property
    def releasing(self) -> bool:
        return self.release is not None and not self.release.done

    @property
    def timers(self) -> int:
        """How many timers it has in all: one for its begin, one for its end if it has an end."""
        return 1 if self.spec.end_ns is None or self.act else 2

    def start(self, start_ns: int) -> None:
        """Turns its times, offsets from the plan's start, into instants."""
        begin, end = self.spec.begin_ns, self.spec.end_ns
        self.spec = Part(self.op, start_ns + begin, None if end is None else start_ns + end)


@dataclass(eq=False)
class PlayedPlan:
    id: int
    owner: Hashable
    parts: list[PlayedPart] = field(default_factory=list)
    open: int = 0  # timers still to fire
    stop_waiting: Callable[[], None] = nothing


def check_times(part: Part) -> None:
    """Raises `BadValue`."""
    if not 0 <= part.begin_ns <= DAY:
        raise BadValue("begin_ns", part.begin_ns, "from 0 to 24 hours")
    if part.end_ns is not None and not part.begin_ns < part.end_ns <= DAY:
        raise BadValue("end_ns", part.end_ns, "later than begin_ns, at most 24 hours")


def check_start(at_ns: int, now_ns: int, when: str) -> None:
    """Raises `AgentError` for one that has passed; 0 is none."""
    if at_ns and at_ns < now_ns:
        raise AgentError(f"the start is {(now_ns - at_ns) / ms:.1f} ms in the past{when}.")
