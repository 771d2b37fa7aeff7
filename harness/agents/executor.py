"""What the conductor needs from an agent: how to do and undo a single op."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from harness.agents.loop import now
from harness.model.errors import AgentError, HarnessError
from harness.model.ops import Alignment, AnyOp


class Prepared(Protocol):
    """One op, prepared before its deadline so that `apply` only has to send it.

    `before`: the value that it replaces, for the journal. `apply` and `undo` raise `OSError` or `HarnessError`. A
    failed `apply` changes nothing, or raises `StillInForce`. `undo` may be repeated, and what is gone already is no
    error. It restores a value only if the present one is still what `apply` set.
    """

    @property
    def before(self) -> str: ...

    @property
    def met(self) -> int | None:
        """After an undo: how many frames the op met while it was in force. None: that is not counted."""
        ...

    def apply(self) -> None: ...

    def undo(self) -> None: ...


class Executor(Protocol):
    def prepare(self, op: AnyOp) -> Prepared:
        """Raises `HarnessError` if it is knowable now that `op` cannot have an effect."""
        ...

    def restore(self, op: AnyOp, before: str) -> None:
        """Undoes what an earlier process of this agent left; may be repeated.

        Raises like `Prepared.undo`, and for an op that it cannot undo, or whose node it does not see: the caller counts
        the op as undone when this returns.
        """
        ...

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:
        """Calls `start(t)` once, for the frame at `t` that matches; returns a stop function. May raise `AgentError`."""
        ...


class StillInForce(AgentError):
    """An op has failed in part, and could not be taken back: it is held until its undo succeeds."""


@contextmanager
def taken_back(undo: Callable[[], None], but: tuple[type[HarnessError], ...] = ()) -> Iterator[None]:
    """The body acts. If it fails, `undo` takes back what it has done; raises `StillInForce` if that fails, too.

    `but`: errors that say that nothing was done.
    """
    try:
        yield
    except but:
        raise
    except (OSError, HarnessError) as error:
        try:
            undo()
        except (OSError, HarnessError) as problem:
            raise StillInForce(f"{error} What it had done by then could not be undone yet: {problem}") from error
        raise


def nothing() -> None:
    """The undo of an act: it does nothing."""


def uncounted() -> int | None:
    """Of an op whose acknowledgement is its effect, or where this kernel does not count."""
    return None


class Tried(NamedTuple):
    """When work began and when it was acknowledged; `problem`: why it failed."""

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
    count: Callable[[], int | None] = uncounted

    @property
    def met(self) -> int | None:
        return self.count()
