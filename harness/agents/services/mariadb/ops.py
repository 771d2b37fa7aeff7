"""How the service agent does and undoes its ops on databases: each op in its own session, on the database's lane."""

import re
import time
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar, assert_never

from harness.agents.executor import Ready, taken_back
from harness.agents.services.mariadb import replication, statistics, variables
from harness.agents.services.mariadb.held_sessions import HeldSessions
from harness.agents.services.mariadb.session import RIGHT, WRONG, Session, session
from harness.agents.services.mariadb.statistics import Counted, analyse, heal
from harness.model.errors import AgentError, BadValue
from harness.model.events import AnyEvent, StatisticsCounted
from harness.model.ops import (
    PinForm,
    SqlAnalyse,
    SqlConnections,
    SqlDelayed,
    SqlKill,
    SqlLock,
    SqlOp,
    SqlPin,
    SqlRoll,
    SqlSet,
)

Statement = SqlRoll | SqlPin | SqlSet | SqlDelayed | SqlAnalyse | SqlKill
"""Done in a session of its own, which ends with it."""
Find = Callable[[str], int]
"""Node → its present PID 1 (a restarted node keeps its data, and the changes of an op). Raises `AgentError`."""
Emit = Callable[[AnyEvent], None]
"""From any thread."""
T = TypeVar("T")

_VARIABLE: Final = re.compile(r"[a-z][a-z0-9_]*")


class Work(NamedTuple):
    """The statements of an op, and of its undo; both raise `AgentError`."""

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
        self._sessions = HeldSessions(find)

    def prepare(self, op: SqlOp) -> Ready:
        """Raises `AgentError` for an op without effect, `BadValue` for a name that is no variable."""
        if isinstance(op, SqlLock | SqlConnections):
            return self._sessions.ready(op)
        before = self._before(op)
        work = self._work(op, before)
        return Ready(lambda: self._do(op, work.do), lambda: self._do(op, work.undo), before)

    def restore(self, op: SqlRoll | SqlPin | SqlSet | SqlDelayed | SqlLock | SqlConnections, before: str) -> None:
        """Undoes what an earlier process of the agent left. Sessions ended with it."""
        if not isinstance(op, SqlLock | SqlConnections):
            self._do(op, self._work(op, before).undo)

    def _before(self, op: Statement) -> str:
        """The value that is replaced; none for statistics, which the undo counts anew."""
        match op:
            case SqlSet():
                return self._do(op, lambda opened: replaced(opened, op))
            case SqlDelayed():
                return self._do(op, lambda opened: replication.replaced(opened, op))
            case SqlRoll() | SqlPin():
                self._do(op, lambda opened: expect_right(opened, op.node))
                return ""
            case SqlAnalyse() | SqlKill():
                return ""
            case _:
                assert_never(op)

    def _work(self, op: Statement, before: str) -> Work:
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
            case SqlDelayed(seconds=seconds):
                opening = self._opening(op)
                return Work(
                    lambda _: replication.replace(opening, seconds, int(before)),
                    lambda _: replication.restore(opening, seconds, int(before)),
                )
            case SqlAnalyse(until_right=until_right):
                return Work(lambda opened: self._tell(op, (heal if until_right else analyse)(opened)))
            case SqlKill(older_than_ns=older_than_ns):
                return Work(lambda opened: opened.kill(older_than_ns))
            case _:
                assert_never(op)

    def _do(self, op: Statement, work: Callable[[Session], T]) -> T:
        with self._opening(op)() as opened:
            return work(opened)

    def _opening(self, op: Statement) -> replication.Open:
        return lambda: session(self._find(op.node))

    def _roll(self, opened: Session, op: SqlRoll) -> None:
        counted = statistics.roll(opened, WRONG, op.at_most)
        self._tell(op, counted)
        if counted.plan != WRONG:
            raise AgentError(f"{op.node}: after {counted.rolls} counts the optimizer still chooses {counted.plan}.")

    def _tell(self, op: Statement, counted: Counted) -> None:
        if counted.rolls:
            self._emit(StatisticsCounted(time.monotonic_ns(), op.node, counted.rolls, counted.plan))


def pin(opened: Session, work: Work) -> None:
    """If it fails, it undoes what it has done. Raises `StillInForce` if that fails, as after a timeout."""
    with taken_back(lambda: work.undo(opened)):
        work.do(opened)


def expect_right(opened: Session, node: str) -> None:
    if (plan := opened.plan().key) != RIGHT:
        raise AgentError(f"{node}: the optimizer chooses {plan} already.")


def replaced(opened: Session, op: SqlSet) -> str:
    """The present value. Raises `AgentError` if it is the new one already."""
    if not _VARIABLE.fullmatch(op.variable):
        raise BadValue("variable", op.variable, "the name of a global variable of MariaDB")
    before = variables.read(opened, op.variable)
    if variables.same(before, op.value):
        raise AgentError(f"{op.node}: {op.variable} is {before} already.")
    return before
