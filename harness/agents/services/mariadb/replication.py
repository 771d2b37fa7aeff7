"""The delay of a replica: read, set, and read back (MASTER_DELAY; `SHOW SLAVE STATUS` calls it SQL_Delay)."""

from harness.agents.services.mariadb.session import Session
from harness.model.errors import AgentError
from harness.model.ops import SqlDelayed


def read(opened: Session) -> int:
    """Seconds. Raises `AgentError` for a server that replicates from no other."""
    status = opened.named("SHOW SLAVE STATUS")
    if "sql_delay" not in status:
        raise AgentError("MariaDB: it replicates from no other server.")
    return int(str(status["sql_delay"]))


def replaced(opened: Session, op: SqlDelayed) -> str:
    """The present delay. Raises `AgentError` if it is the new one already."""
    before = read(opened)
    if before == op.seconds:
        raise AgentError(f"{op.node}: its replication is {before} s late already.")
    return str(before)


def replace(opened: Session, seconds: int, before: int) -> None:
    """If it fails, the delay is `before` again, and the replica runs."""
    try:
        _set(opened, seconds)
    except AgentError:
        _set(opened, before)
        raise


def restore(opened: Session, seconds: int, before: int) -> None:
    """Only if it is still what was set."""
    if read(opened) == seconds:
        _set(opened, before)


def _set(opened: Session, seconds: int) -> None:
    """A running replica takes no delay: its thread that applies changes is stopped, and started again in any case."""
    opened.rows("STOP SLAVE")
    try:
        opened.rows(f"CHANGE MASTER TO MASTER_DELAY = {seconds:d}")
    finally:
        opened.rows("START SLAVE")
    if (present := read(opened)) != seconds:
        raise AgentError(f"MariaDB: the delay of the replica is {present} s after {seconds} s were set.")
