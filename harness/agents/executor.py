"""What an agent brings to the conductor: how single ops are done and undone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

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
    def lane(self, op: AnyOp) -> str:
        """Where `op` is prepared, applied and undone: on the thread of this name, or (``""``) on the loop."""
        ...

    def prepare(self, op: AnyOp) -> Prepared:
        """Raises `HarnessError` if it is knowable now that `op` cannot have an effect."""
        ...

    def restore(self, op: AnyOp, before: str) -> None:
        """Undoes what an earlier life of this agent left. Raises like `Prepared.undo`."""
        ...

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:
        """Calls `start(t)` once, when the frame at `t` matches; returns how to stop waiting. May raise `AgentError`."""
        ...


def nothing() -> None:
    """The inverse of an act: it has none."""


@dataclass(frozen=True)
class Ready:
    """A `Prepared` made of functions."""

    apply: Callable[[], None]
    undo: Callable[[], None] = nothing
    before: str = ""
