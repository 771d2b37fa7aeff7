"""What agents were asked and did."""

from harness.model.events.base import Event
from harness.model.ops import AnyOp


class Armed(Event, frozen=True, tag="armed"):
    """A plan's start is fixed; `start_ns` is offset zero of every part."""

    plan: int
    start_ns: int


class OpApplied(Event, frozen=True, tag="op_applied"):
    """`t` = when the kernel (or process) acknowledged; `asked_ns` the deadline, `begun_ns` just before the call.

    `holder`: of a fault, the client that has its lease; empty in recordings of before.
    """

    plan: int
    part: int
    op: AnyOp
    asked_ns: int
    begun_ns: int
    error: str = ""
    holder: str = ""


class OpReleased(Event, frozen=True, tag="op_released"):
    """The inverse was acknowledged at `t`.

    `why`: ``deadline``, ``undo``, ``lease lost``, ``restart``; ``failed``: applied in part, and taken back later.

    `met`: how many frames the op met while it was in force; None: not counted (by this op, kernel, or recording).
    """

    plan: int
    part: int
    op: AnyOp
    asked_ns: int
    begun_ns: int
    why: str = "deadline"
    error: str = ""
    met: int | None = None


class PlanDone(Event, frozen=True, tag="plan_done"):
    """Every part of this agent's share was applied, and released if it had an end.

    With `undone` it was not: a client cancelled the plan before its end, or the plan's lease ended. What was held is
    released; an `OpReleased` with an error names what is not.
    """

    plan: int
    undone: bool = False


class Marked(Event, frozen=True, tag="marked"):
    """The harness asked an agent to stamp an instant: step boundaries, synchronisation."""

    name: str
    trial: int = -1
    step: str = ""


PlanEvent = Armed | OpApplied | OpReleased | PlanDone | Marked
