"""Ops on MariaDB: the token table's statistics, variables, queries."""

from typing import Literal

from harness.model.ops.base import SERVICE, Act, Disturbs, Held, OnNode

RIGHT_INDEX, WRONG_INDEX = "ix_bucket", "ix_client"
"""Of the token table: the index along which token authentication reads rows, and the one of July 22."""


class _Sql(OnNode, frozen=True):
    agent = SERVICE
    disturbs = Disturbs.nothing  # databases are behind the pair

    @property
    def lane(self) -> str:
        """MariaDB may need seconds for an answer."""
        return self.node


class _HeldSql(_Sql, Held, frozen=True):
    undo_rank = 5
    blocks = None


class SqlRoll(_HeldSql, frozen=True, tag="sql_roll"):
    """Statistics of the token table are counted anew until the optimizer chooses the wrong index: the genuine fault.

    An error after `at_most` counts without. The inverse counts until it chooses the right one.
    """

    outlives_node = False

    at_most: int = 100


PinForm = Literal["innodb", "engine_independent"]
"""``innodb``: persistent statistics of InnoDB, ANALYZE heals. ``engine_independent``: a plain ANALYZE does not."""


class SqlPin(_HeldSql, frozen=True, tag="sql_pin"):
    """Statistics of the token table are falsified, so that the wrong index stays chosen; the inverse restores them."""

    outlives_node = True  # it is in the database's files

    form: PinForm


class SqlSet(_HeldSql, frozen=True, tag="sql_set"):
    """One global variable of MariaDB; the inverse restores what was there."""

    outlives_node = False

    variable: str
    value: str


class SqlLock(_HeldSql, frozen=True, tag="sql_lock"):
    """A session has the token table locked (LOCK TABLES … WRITE): each other statement on it waits. Its end unlocks.

    The session is the agent's, so that the agent's end ends it, too. It ends before other undos on the database, which
    would wait for it.
    """

    undo_rank = 1
    outlives_node = False


class SqlConnections(_HeldSql, frozen=True, tag="sql_connections"):
    """Sessions of the agent's take all connections that are free; the inverse closes them, as the agent's end does.

    One more stays for an administrator, as MariaDB keeps it.
    """

    undo_rank = 1
    outlives_node = False


class SqlDelayed(_HeldSql, frozen=True, tag="sql_delayed"):
    """A replica applies each change so many seconds late (MASTER_DELAY); the inverse restores its delay."""

    outlives_node = True  # it is in the replica's files

    seconds: int


class SqlAnalyse(_Sql, Act, frozen=True, tag="sql_analyse"):
    """Act: count the token table's statistics once (ANALYZE TABLE), on this node alone.

    `until_right`: not at all if the optimizer chooses the right index, else until it does.
    """

    until_right: bool = False  # the oldest histories have no such field


class SqlKill(_Sql, Act, frozen=True, tag="sql_kill"):
    """Act: KILL QUERY for every token authentication that has run for `older_than_ns` or more."""

    older_than_ns: int


SqlOp = SqlRoll | SqlPin | SqlSet | SqlLock | SqlConnections | SqlDelayed | SqlAnalyse | SqlKill
