"""MariaDB through its Unix socket: sessions, the plan of the hot query, and which authentications are running.

A session writes nothing to the binary log, so each server keeps its own statistics.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import pymysql
from pymysql.constants import CLIENT

from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError
from harness.model.ops import RIGHT_INDEX, WRONG_INDEX
from harness.model.units import ms

SOCKET: Final = "/run/mysqld/mysqld.sock"
RIGHT: Final = RIGHT_INDEX
WRONG: Final = WRONG_INDEX
TABLE: Final = "lab.token"
PATIENCE_S: Final = 15
"""For one statement, or one login. Under the load of July 22, on a shared machine, a login took more than 5 s."""
YIELD_S: Final = 1.0
"""How long a statement that needs an exclusive lock waits for authentications before it kills them."""

EXPLAIN: Final = (
    "EXPLAIN SELECT t.id, t.account_id, t.scopes FROM lab.credential c JOIN lab.token t "
    "ON t.bucket = c.bucket AND t.client_id = c.client_id WHERE c.api_key = LEFT(SHA1('key777'), 16) "
    "AND c.enabled = 1 AND t.secret = UNHEX(SHA1('tok777')) AND t.revoked = 0"
)
RUNNING: Final = (
    "SELECT id, time_ms FROM information_schema.processlist "
    "WHERE command = 'Query' AND state <> 'Waiting for table metadata lock'"
    " AND info LIKE 'SELECT t.id, t.account_id, t.scopes FROM credential%'"
)
_LOCK_WAIT_TIMEOUT: Final = 1205  # ER_LOCK_WAIT_TIMEOUT
_NO_SUCH_THREAD: Final = 1094  # ER_NO_SUCH_THREAD
_KEY, _ROWS = 5, 8  # columns of EXPLAIN

Row = Sequence[object]


class Plan(NamedTuple):
    key: str
    rows: int


class Locked(AgentError):
    """The table is locked, and this session does not wait."""


class Session:
    """A connection as root: MariaDB takes the credentials from the socket."""

    def __init__(self, connection: "pymysql.Connection[pymysql.cursors.Cursor]", init: int) -> None:
        self._connection = connection
        self._init = init

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of one statement. Raises `AgentError` with MariaDB's message."""
        return next(self.results(sql, values))

    def named(self, sql: str) -> dict[str, object]:
        """The first row of one statement, by the names of its columns, in lower case; empty: it has none."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql)
                row = cursor.fetchone()
                names = [str(column[0]).lower() for column in cursor.description or ()]
        except Exception as error:  # as in `results`
            raise AgentError(f"MariaDB: {sql.split(maxsplit=1)[0]}: {error}") from error
        return dict(zip(names, row, strict=True)) if row else {}

    def results(self, sql: str, values: Sequence[object] = ()) -> Iterator[list[Row]]:
        """The rows of each of several statements, in one round trip; none runs after one that fails.

        Only one statement if the session was not opened for `several`.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, values or None)
                yield list(cursor.fetchall())
                while cursor.nextset():
                    yield list(cursor.fetchall())
        except Exception as error:  # PyMySQL lets any exception of its parser through
            kind = Locked if error.args[:1] == (_LOCK_WAIT_TIMEOUT,) else AgentError
            raise kind(f"MariaDB: {sql.split(maxsplit=1)[0]}: {error}") from error

    def alone(self, sql: str) -> None:
        """ALTER, RENAME, FLUSH: waits for the statements on the table, while new statements wait behind it.

        Kills authentications after `YIELD_S`: an undo must end, and an agent must not be silent for long.
        """
        timer = threading.Timer(YIELD_S, self._clear)
        timer.start()
        try:
            self.rows(sql)
        finally:
            timer.cancel()

    def kill(self, older_than_ns: int) -> None:
        """KILL QUERY for every authentication that has run for so long. One that has ended meanwhile is no error."""
        for number, running_ms in self.rows(RUNNING):
            if float(str(running_ms)) * ms >= older_than_ns:
                self._kill(int(str(number)))

    def plan(self) -> Plan:
        """The optimizer's present choice for token authentication."""
        return plan_of(self.rows(EXPLAIN))

    def close(self) -> None:
        self._connection.close()

    def drop(self) -> None:
        """Ends the connection without a word: nothing is waited for, and nothing can fail."""
        self._connection._force_close()  # noqa: SLF001 - PyMySQL has no public name for it

    def _kill(self, number: int) -> None:
        try:
            self.rows(f"KILL QUERY {number}")
        except AgentError as error:
            if getattr(error.__cause__, "args", ())[:1] != (_NO_SUCH_THREAD,):
                raise

    def _clear(self) -> None:
        """On a thread of its own. If it fails, the statement ends by its own timeout, which is reported."""
        with contextlib.suppress(AgentError), session(self._init) as other:
            other.kill(0)


def plan_of(rows: Sequence[Row]) -> Plan:
    """From the rows of `EXPLAIN`. Raises `AgentError` for any other rows."""
    try:
        return next(Plan(str(row[_KEY]), int(str(row[_ROWS]))) for row in rows if row[2] == "t")
    except (IndexError, StopIteration, ValueError) as error:
        raise AgentError(f"MariaDB: no plan of the token table in {rows!r}") from error


def connect(
    init: int, patience_s: float = PATIENCE_S, lock_wait_s: int = PATIENCE_S, *, several: bool = False
) -> Session:
    """`several`: one text may hold several statements. Only the sampler needs it: its text is constant.

    Raises `AgentError` if MariaDB is down or does not answer.
    """
    try:
        with NodeFiles.of(init).path(SOCKET) as path:
            connection = pymysql.connect(
                unix_socket=path,
                user="root",
                autocommit=True,
                client_flag=CLIENT.MULTI_STATEMENTS if several else 0,
                connect_timeout=patience_s,
                read_timeout=patience_s,
                init_command=f"SET SESSION sql_log_bin = 0, max_statement_time = 0, lock_wait_timeout = {lock_wait_s}",
            )
    except Exception as error:  # as in `results`: IndexError, struct.error, UnboundLocalError
        raise AgentError(f"MariaDB does not answer: {error}") from error
    return Session(connection, init)


@contextmanager
def session(init: int) -> Iterator[Session]:
    opened = connect(init)
    try:
        yield opened
    finally:
        opened.close()
