"""How the service agent does and undoes its ops on databases: each in a session of its own, on the database's lane."""

import re
import time
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, assert_never

from harness.agents.executor import Ready
from harness.agents.services.mariadb import statistics, variables
from harness.agents.services.mariadb.session import RIGHT, WRONG, Session, session
from harness.agents.services.mariadb.statistics import Counted, analyse, heal
from harness.model.errors import AgentError, BadValue
from harness.model.events import AnyEvent, StatisticsCounted
from harness.model.ops import PinForm, SqlAnalyse, SqlKill, SqlOp, SqlPin, SqlRoll, SqlSet

Find = Callable[[str], int]
"""Node → its PID 1 as it is now (a restarted node keeps its data, and so what was done to it). Raises `AgentError`."""
Emit = Callable[[AnyEvent], None]
"""From any thread."""
T = TypeVar("T")

_VARIABLE: Final = re.compile(r"[a-z][a-z0-9_]*")


class Work(NamedTuple):
    """What is done in a session, and what undoes it; both raise `AgentError`."""

    do: Callable[[Session], None]
    undo: Callable[[Session], None] = lambda _: None


_PINS: Final[dict[PinForm, Work]] = {
    "innodb": Work(statistics.pin_innodb, statistics.unpin_innodb),
    "engine_independent": Work(statistics.pin_engine_independent, statistics.unpin_engine_independent),
}


class SqlExecutor:
    def __init__(self, find: Find, emit: Emit) -> None:
        self._find = find
        self._emit = emit

    def prepare(self, op: SqlOp) -> Ready:
        """Raises `AgentError` for what can have no effect, `BadValue` for a variable that is none."""
        before = self._before(op)
        work = self._work(op, before)
        return Ready(lambda: self._do(op, work.do), lambda: self._do(op, work.undo), before)

    def restore(self, op: SqlRoll | SqlPin | SqlSet, before: str) -> None:
        """Undoes what an earlier life of the agent left."""
        self._do(op, self._work(op, before).undo)

    def _before(self, op: SqlOp) -> str:
        """The value that is replaced. Statistics are not put back but counted anew."""
        match op:
            case SqlSet():
                return self._do(op, lambda opened: replaced(opened, op))
            case SqlRoll() | SqlPin():
                self._do(op, lambda opened: expect_right(opened, op.node))
                return ""
            case SqlAnalyse() | SqlKill():
                return ""
            case _:
                assert_never(op)

    def _work(self, op: SqlOp, before: str) -> Work:
        match op:
            case SqlRoll():
                return Work(lambda opened: self._roll(opened, op), lambda opened: self._tell(op, heal(opened)))
            case SqlPin(form=form):
                return Work(lambda opened: pin(opened, _PINS[form]), _PINS[form].undo)
            case SqlSet(variable=name, value=value):
                return Work(
                    lambda opened: variables.replace(opened, name, value, before),
                    lambda opened: variables.restore(opened, name, value, before),
                )
            case SqlAnalyse(until_right=until_right):
                return Work(lambda opened: self._tell(op, (heal if until_right else analyse)(opened)))
            case SqlKill(older_than_ns=older_than_ns):
                return Work(lambda opened: opened.kill(older_than_ns))
            case _:
                assert_never(op)

    def _do(self, op: SqlOp, work: Callable[[Session], T]) -> T:
        with session(self._find(op.node)) as opened:
            return work(opened)

    def _roll(self, opened: Session, op: SqlRoll) -> None:
        counted = statistics.roll(opened, WRONG, op.at_most)
        self._tell(op, counted)
        if counted.plan != WRONG:
            raise AgentError(f"{op.node}: after {counted.rolls} counts the optimizer still chooses {counted.plan}.")

    def _tell(self, op: SqlOp, counted: Counted) -> None:
        if counted.rolls:
            self._emit(StatisticsCounted(time.monotonic_ns(), op.node, counted.rolls, counted.plan))


def pin(opened: Session, work: Work) -> None:
    """A failed one leaves nothing."""
    try:
        work.do(opened)
    except AgentError:
        work.undo(opened)
        raise


def expect_right(opened: Session, node: str) -> None:
    if (plan := opened.plan().key) != RIGHT:
        raise AgentError(f"{node}: the optimizer chooses {plan} already.")


def replaced(opened: Session, op: SqlSet) -> str:
    """The present value, which must be another."""
    if not _VARIABLE.fullmatch(op.variable):
        raise BadValue("variable", op.variable, "the name of a global variable of MariaDB")
    before = variables.read(opened, op.variable)
    if variables.same(before, op.value):
        raise AgentError(f"{op.node}: {op.variable} is {before} already.")
    return before
