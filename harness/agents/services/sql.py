"""How the service agent does and undoes its ops on databases. Plugged into `ServiceExecutor` as one of its parts."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from harness.agents.conductor import Prepared
from harness.agents.services import statistics
from harness.agents.services.database import RIGHT, WRONG, Session, session
from harness.agents.services.statistics import Counted
from harness.model.errors import AgentError, BadValue
from harness.model.events import AnyEvent, StatisticsCounted
from harness.model.ops import PinForm, SqlAnalyse, SqlKill, SqlOp, SqlPin, SqlRoll, SqlSet

Find = Callable[[str], int]
"""Node → its PID 1 as it is now (a restarted node keeps its data, and so what was done to it). Raises `AgentError`."""
Emit = Callable[[AnyEvent], None]

_PINS: Final[dict[PinForm, Callable[[Session], None]]] = {
    "innodb": statistics.pin_innodb,
    "engine_independent": statistics.pin_engine_independent,
}
_UNPINS: Final[dict[PinForm, Callable[[Session], None]]] = {
    "innodb": statistics.unpin_innodb,
    "engine_independent": statistics.unpin_engine_independent,
}
_VARIABLE: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Roll:
    op: SqlRoll
    find: Find
    emit: Emit
    before: str = ""

    def apply(self) -> None:
        with session(self.find(self.op.node)) as opened:
            counted = statistics.roll(opened, WRONG, self.op.at_most)
        _tell(self.emit, self.op.node, counted)
        if counted.plan != WRONG:
            raise AgentError(
                f"{self.op.node}: after {counted.rolls} counts the optimizer still chooses {counted.plan}."
            )

    def undo(self) -> None:
        with session(self.find(self.op.node)) as opened:
            _tell(self.emit, self.op.node, statistics.heal(opened))


@dataclass(frozen=True)
class Pin:
    op: SqlPin
    find: Find
    before: str = ""

    def apply(self) -> None:
        with session(self.find(self.op.node)) as opened:
            try:
                _PINS[self.op.form](opened)
            except AgentError:
                _UNPINS[self.op.form](opened)
                raise

    def undo(self) -> None:
        with session(self.find(self.op.node)) as opened:
            _UNPINS[self.op.form](opened)


@dataclass(frozen=True)
class Variable:
    """Put back only if it is still ours."""

    op: SqlSet
    find: Find
    before: str

    def apply(self) -> None:
        with session(self.find(self.op.node)) as opened:
            try:
                write(opened, self.op.variable, self.op.value)
            except AgentError:
                write(opened, self.op.variable, self.before)
                raise

    def undo(self) -> None:
        with session(self.find(self.op.node)) as opened:
            if same(read(opened, self.op.variable), self.op.value):
                write(opened, self.op.variable, self.before)


@dataclass(frozen=True)
class Analyse:
    op: SqlAnalyse
    find: Find
    emit: Emit
    before: str = ""

    def apply(self) -> None:
        with session(self.find(self.op.node)) as opened:
            counted = statistics.heal(opened) if self.op.until_right else statistics.analyse(opened)
        if counted.rolls:
            _tell(self.emit, self.op.node, counted)

    def undo(self) -> None:
        """An act has no inverse."""


@dataclass(frozen=True)
class Kill:
    op: SqlKill
    find: Find
    before: str = ""

    def apply(self) -> None:
        with session(self.find(self.op.node)) as opened:
            opened.kill(self.op.older_than_ns)

    def undo(self) -> None:
        """An act has no inverse."""


class SqlExecutor:
    def __init__(self, find: Find, emit: Emit) -> None:
        self._find = find
        self._emit = emit

    def prepare(self, op: SqlOp) -> Prepared:
        """Raises `AgentError` for what can have no effect, `BadValue` for a variable that is none."""
        match op:
            case SqlRoll():
                self._expect_right(op.node)
                return Roll(op, self._find, self._emit)
            case SqlPin():
                self._expect_right(op.node)
                return Pin(op, self._find)
            case SqlSet():
                return self._variable(op)
            case SqlAnalyse():
                return Analyse(op, self._find, self._emit)
            case SqlKill():
                return Kill(op, self._find)

    def restore(self, op: SqlOp, before: str) -> None:
        """Undoes what an earlier life of the agent left."""
        match op:
            case SqlRoll():
                Roll(op, self._find, self._emit).undo()
            case SqlPin():
                Pin(op, self._find).undo()
            case SqlSet():
                Variable(op, self._find, before).undo()

    def _expect_right(self, node: str) -> None:
        with session(self._find(node)) as opened:
            plan = opened.plan()
        if plan.key != RIGHT:
            raise AgentError(f"{node}: the optimizer chooses {plan.key} already.")

    def _variable(self, op: SqlSet) -> Variable:
        if not _VARIABLE.fullmatch(op.variable):
            raise BadValue("variable", op.variable, "the name of a global variable of MariaDB")
        with session(self._find(op.node)) as opened:
            before = read(opened, op.variable)
        if same(before, op.value):
            raise AgentError(f"{op.node}: {op.variable} is {before} already.")
        return Variable(op, self._find, before)


def read(opened: Session, variable: str) -> str:
    """Raises `BadValue` for a variable that MariaDB does not have."""
    rows = opened.rows("SHOW GLOBAL VARIABLES WHERE Variable_name = %s", (variable,))
    if not rows:
        raise BadValue("variable", variable, "the name of a global variable of MariaDB")
    return str(rows[0][1])


def write(opened: Session, variable: str, value: str) -> None:
    """Sets and reads back: MariaDB silently adjusts what does not fit, and that is an error here."""
    opened.rows(f"SET GLOBAL {variable} = %s", (_typed(value),))
    present = read(opened, variable)
    if not same(present, value):
        raise AgentError(f"MariaDB: {variable} is {present} after it was set to {value}.")


def same(present: str, value: str) -> bool:
    """``0.500000`` is ``0.5``, ``ON`` is ``on``."""
    return _typed(present) == _typed(value)


def _typed(value: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:  # not of this kind: the next one
            continue
    return value.upper()


def _tell(emit: Emit, node: str, counted: Counted) -> None:
    emit(StatisticsCounted(time.monotonic_ns(), node, counted.rolls, counted.plan))
