"""Global variables of MariaDB: read, set, and read back."""

from harness.agents.executor import taken_back
from harness.agents.services.mariadb.session import Session
from harness.model.errors import AgentError, BadValue


def read(opened: Session, variable: str) -> str:
    """Raises `BadValue` for a variable that MariaDB does not have."""
    rows = opened.rows("SHOW GLOBAL VARIABLES WHERE Variable_name = %s", (variable,))
    if not rows:
        raise BadValue("variable", variable, "the name of a global variable of MariaDB")
    return str(rows[0][1])


def write(opened: Session, variable: str, value: str) -> None:
    """Raises `AgentError` if MariaDB has adjusted the value, which it does silently."""
    opened.rows(f"SET GLOBAL {variable} = %s", (_typed(value),))
    present = read(opened, variable)
    if not same(present, value):
        raise AgentError(f"MariaDB: {variable} is {present} after it was set to {value}.")


def replace(opened: Session, variable: str, value: str, before: str) -> None:
    """If it fails, the variable is `before` again. Raises `StillInForce` if that fails, as after a timeout."""
    with taken_back(lambda: write(opened, variable, before)):
        write(opened, variable, value)


def restore(opened: Session, variable: str, value: str, before: str) -> None:
    """Only if it is still what was set."""
    if same(read(opened, variable), value):
        write(opened, variable, before)


def same(present: str, value: str) -> bool:
    """``0.500000`` is ``0.5``, ``ON`` is ``on``."""
    return _typed(present) == _typed(value)


def _typed(value: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:  # not of this type: try the next one
            continue
    return value.upper()
