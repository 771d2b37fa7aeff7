"""Faults that are sessions of this agent's: a lock of a table, all connections. They end with their sessions."""

from collections.abc import Callable
from functools import partial
from typing import Final, assert_never

from harness.agents.executor import Ready
from harness.agents.services.mariadb.session import TABLE, Session, connect
from harness.model.errors import AgentError
from harness.model.ops import SqlConnections, SqlLock

MOST: Final = 2_000
"""Sessions of one server at most: they are open files of this agent."""
_FREE: Final = (
    "SELECT @@global.max_connections - variable_value FROM information_schema.global_status "
    "WHERE variable_name = 'THREADS_CONNECTED'"
)

Find = Callable[[str], int]


class HeldSessions:
    """Called on the lanes of its ops: one database is served by one thread."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._held: dict[SqlLock | SqlConnections, list[Session]] = {}

    def ready(self, op: SqlLock | SqlConnections) -> Ready:
        """Raises `AgentError` for a database that does not answer."""
        connect(self._find(op.node)).close()
        match op:
            case SqlLock():
                return Ready(partial(self._lock, op), partial(self._close, op))
            case SqlConnections():
                return Ready(partial(self._use_up, op), partial(self._close, op))
            case _:
                assert_never(op)

    def _lock(self, op: SqlLock) -> None:
        """Acknowledged when it has the lock: running statements end first."""
        if op in self._held:  # two parts of a plan may hold the same op
            return
        opened = connect(self._find(op.node))
        self._held[op] = [opened]
        try:
            opened.alone(f"LOCK TABLES {TABLE} WRITE")
        except AgentError:
            self._close(op)
            raise

    def _use_up(self, op: SqlConnections) -> None:
        """Acknowledged when the server has no connection left but an administrator's."""
        if op in self._held:
            return
        asking = connect(self._find(op.node))
        held = self._held[op] = [asking]
        try:
            while free := _free(asking, op.node, len(held)):
                held.extend(connect(self._find(op.node)) for _ in range(free))
        except AgentError:
            self._close(op)
            raise

    def _close(self, op: SqlLock | SqlConnections) -> None:
        """May be repeated. MariaDB sees the end of a socket at once."""
        for opened in self._held.pop(op, []):
            opened.drop()


def _free(asking: Session, node: str, held: int) -> int:
    """How many connections the server has left. Raises `AgentError` if they are more than an agent takes."""
    free = int(str(asking.rows(_FREE)[0][0]).partition(".")[0])
    if held + free > MOST:
        raise AgentError(f"{node}: {free} connections are free: more than the {MOST} that are used up.")
    return max(0, free)
