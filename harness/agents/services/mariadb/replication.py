"""The delay of a replica: read, set, and read back (MASTER_DELAY; `SHOW SLAVE STATUS` calls it SQL_Delay)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from harness.agents.executor import taken_back
from harness.model.errors import AgentError
from harness.model.ops import SqlDelayed

if TYPE_CHECKING:  # it needs PyMySQL: only in the agent's image
    from harness.agents.services.mariadb.session import Session

THREADS: Final = ("slave_io_running", "slave_sql_running")

Open = Callable[[], AbstractContextManager["Session"]]
"""A session of its own: one whose statement has timed out answers nothing more."""


def read(opened: "Session") -> int:
    """Seconds. Raises `AgentError` for a server that replicates from no other."""
    return int(_status(opened)["sql_delay"])


def runs(thread: object) -> bool:
    """Of a thread's state: ``Yes``, ``No``, and for one that waits for its primary ``Connecting``, ``Preparing``."""
    return thread in ("Yes", "Connecting", "Preparing")


def replaced(opened: "Session", op: SqlDelayed) -> str:
    """The present delay. Raises `AgentError` if it is the new one already, or the replica does not run.

    A replica that the site has stopped is not ours to start.
    """
    status = _status(opened)
    if stopped := [thread for thread in THREADS if not runs(status.get(thread))]:
        raise AgentError(f"{op.node}: its replication does not run: {', '.join(stopped)}: No.")
    before = int(status["sql_delay"])
    if before == op.seconds:
        raise AgentError(f"{op.node}: its replication is {before} s late already.")
    return str(before)


def replace(opening: Open, seconds: int, before: int) -> None:
    """If it fails, the delay is `before` again, and the replica runs. Raises `StillInForce` if that fails, too."""
    with taken_back(lambda: restore(opening, seconds, before)):
        _set(opening, seconds)


def restore(opening: Open, seconds: int, before: int) -> None:
    """The delay only if it is still what was set. The replica runs in any case: it ran before.

    May be repeated: one that has set the delay, and could not start the replica, starts it the next time.
    """
    with opening() as opened:
        present = read(opened)
    if present == seconds:
        _set(opening, before)
    else:
        _start(opening)


def _set(opening: Open, seconds: int) -> None:
    """A running replica takes no delay: its thread that applies changes is stopped, and started again in any case."""
    try:
        with opening() as opened:
            opened.rows("STOP SLAVE")
            opened.rows(f"CHANGE MASTER TO MASTER_DELAY = {seconds:d}")
    finally:
        _start(opening)
    with opening() as opened:
        present = read(opened)
    if present != seconds:
        raise AgentError(f"MariaDB: the delay of the replica is {present} s after {seconds} s were set.")


def _start(opening: Open) -> None:
    """One that runs already is no error: MariaDB has a note for it."""
    with opening() as opened:
        opened.rows("START SLAVE")


def _status(opened: "Session") -> dict[str, str]:
    status = opened.named("SHOW SLAVE STATUS")
    if "sql_delay" not in status:
        raise AgentError("MariaDB: it replicates from no other server.")
    return {name: str(value) for name, value in status.items()}
