"""Makes the token table's statistics wrong, and right again. Each function checks its effect by EXPLAIN.

A flip needs statistics that are counted anew and a table that is opened anew: ANALYZE does both, an UPDATE of
InnoDB's statistics needs a RENAME, and engine-independent statistics need a FLUSH.
"""

from typing import Final, NamedTuple

from harness.agents.services.mariadb.session import RIGHT, TABLE, WRONG, Session
from harness.model.errors import AgentError

ROLLS: Final = 100
_REOPENED: Final = 5
"""How often, at most. Under load a table that was just renamed can have no statistics: "1 row" along each index."""
_WRONG_COUNT: Final = 125_000  # distinct clients in the wrong statistics; there are 7,001

_INNODB: Final = (
    "UPDATE mysql.innodb_index_stats SET stat_value = %s WHERE database_name = 'lab' AND table_name = 'token'"
    " AND index_name = 'ix_client' AND stat_name = 'n_diff_pfx01'"
)
_INDEPENDENT: Final = (
    "REPLACE INTO mysql.table_stats (db_name, table_name, cardinality) VALUES ('lab', 'token', 250000)",
    (
        "REPLACE INTO mysql.index_stats (db_name, table_name, index_name, prefix_arity, avg_frequency)"
        " VALUES ('lab', 'token', 'ix_client', 1, 1.5)"  # rows per client; there are 35.7
    ),
)
_INDEPENDENT_GONE: Final = (
    "DELETE FROM mysql.index_stats WHERE db_name = 'lab' AND table_name = 'token'",
    "DELETE FROM mysql.table_stats WHERE db_name = 'lab' AND table_name = 'token'",
)
_REOPEN: Final = f"RENAME TABLE {TABLE} TO lab.token_, lab.token_ TO {TABLE}"
_OPTIONS: Final = (
    "SELECT create_options FROM information_schema.tables WHERE table_schema = 'lab' AND table_name = 'token'"
)


class Counted(NamedTuple):
    """How often the statistics were counted, and the index that the optimizer chose then."""

    rolls: int
    plan: str


def analyse(session: Session) -> Counted:
    session.rows(f"ANALYZE TABLE {TABLE}")
    return Counted(1, session.plan().key)


def roll(session: Session, wanted: str, at_most: int = ROLLS) -> Counted:
    """Counts until the optimizer chooses `wanted`, or `at_most` times. No count if it chooses it already."""
    counted = Counted(0, session.plan().key)
    while counted.plan != wanted and counted.rolls < at_most:
        counted = Counted(counted.rolls + 1, analyse(session).plan)
    return counted


def pin_innodb(session: Session) -> None:
    """Turns on InnoDB's persistent statistics and writes a wrong count into them. ANALYZE counts them anew."""
    session.alone(f"ALTER TABLE {TABLE} STATS_PERSISTENT = 1, STATS_AUTO_RECALC = 0")
    for _ in range(_REOPENED):
        session.rows(f"ANALYZE TABLE {TABLE}")
        session.rows(_INNODB, (_WRONG_COUNT,))
        session.alone(_REOPEN)
        if session.plan().key == WRONG:
            return
    _expect(session, WRONG)


def unpin_innodb(session: Session) -> None:
    """Back to the server's default statistics, counted until the plan is right. May be repeated."""
    if "stats_persistent" in str(session.rows(_OPTIONS)[0][0]).lower():
        session.alone(f"ALTER TABLE {TABLE} STATS_PERSISTENT = DEFAULT, STATS_AUTO_RECALC = DEFAULT")
    heal(session)


def pin_engine_independent(session: Session) -> None:
    """MariaDB's own statistics, which override the engine's. A plain ANALYZE of an indexed table keeps them."""
    for sql in _INDEPENDENT:
        session.rows(sql)
    session.alone(f"FLUSH TABLE {TABLE}")
    _expect(session, WRONG)


def unpin_engine_independent(session: Session) -> None:
    """May be repeated."""
    for sql in _INDEPENDENT_GONE:
        session.rows(sql)
    session.alone(f"FLUSH TABLE {TABLE}")
    heal(session)


def heal(session: Session) -> Counted:
    """Raises `AgentError` if the plan is wrong after `ROLLS` counts: then another client has written statistics."""
    counted = roll(session, RIGHT)
    _expect(session, RIGHT)
    return counted


def _expect(session: Session, wanted: str) -> None:
    plan = session.plan()
    if plan.key != wanted:
        raise AgentError(f"the optimizer chooses {plan.key} for {plan.rows} rows, not {wanted}.")
