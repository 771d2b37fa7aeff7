"""What an agent brings to the conductor: how single ops are done and undone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from harness.agents.loop import now
from harness.model.errors import HarnessError
from harness.model.ops import Alignment, AnyOp


class Prepared(Protocol):
    """One op, made ready before its deadline so that `apply` only has to send it.

    `before`: the value that it replaces, for the journal. Both calls raise `OSError` or `HarnessError`; a failed
    `apply` leaves nothing behind. `undo` is absolute: it may be repeated, and what is gone already is no error. A
    value is restored only if it still equals what was set.
    """

    @property
    def before(self) -> str: ...

    def apply(self) -> None: ...

    def undo(self) -> None: ...


class Executor(Protocol):
    def prepare(self, op: AnyOp) -> Prepared:
        """Raises `HarnessError` if it is knowable now that `op` cannot have an effect."""
        ...

    def restore(self, op: AnyOp, before: str) -> None:
        """Undoes what an earlier life of this agent left; may be repeated.

        Raises like `Prepared.undo`, and for an op that it cannot undo, or whose node it does not see: what returns is
        taken for undone.
        """
        ...

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:
        """Calls `start(t)` once, when the frame at `t` matches; returns how to stop waiting. May raise `AgentError`."""
        ...


def nothing() -> None:
    """The inverse of an act: it has none."""


class Tried(NamedTuple):
    """When something was begun and when it was acknowledged; `problem`: why it failed."""

    begun: int
    done: int
    problem: OSError | HarnessError | None


def tried(work: Callable[[], None]) -> Tried:
    begun, problem = now(), None
    try:
        work()
    except (OSError, HarnessError) as error:
        problem = error
    return Tried(begun, now(), problem)


@dataclass(frozen=True)
class Ready:
    """A `Prepared` made of functions."""

    apply: Callable[[], None]
    undo: Callable[[], None] = nothing
    before: str = ""
