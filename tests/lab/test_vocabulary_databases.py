"""Faults of databases: each is seen by another client of the database, and is gone after its undo."""

import contextlib
from collections.abc import Iterator
from typing import Final

import pytest

from harness import faults
from harness.faults import Fault
from harness.lab import ready
from harness.lab.lab import Lab
from harness.model.units import s
from tests.lab.shared import execute_in, wait_for

pytestmark = pytest.mark.lab

PRIMARY, REPLICA = "db-1", "db-2"
CLIENT: Final = ("mariadb", "-N", "-B", "--connect-timeout=2", "-e")


@pytest.fixture(scope="module")
def databases(standing_lab: str) -> Iterator[Lab]:
    """A lab of its own beside the shared one, which has none."""
    name = f"{standing_lab}-databases"
    with ready.borrowed(name, print, ["databases"]), Lab(name) as opened:
        wait_for(lambda: delay(opened) == "0", "the replica to replicate", 60)
        yield opened


@contextlib.contextmanager
def suffering(lab: Lab, fault: Fault) -> Iterator[None]:
    plan = fault.plan(lab.topology)
    lab.lease(fault.targets(), plan)
    lab.arm(plan)
    try:
        wait_for(lambda: bool(lab.agent("service").hello().held), "the fault to be in force")
        yield
    finally:
        lab.undo()


def said(lab: Lab, node: str, sql: str) -> str:
    return execute_in(lab.name, node, *CLIENT, sql, check=False).strip()


def delay(lab: Lab) -> str:
    status = execute_in(lab.name, REPLICA, "mariadb", "-e", "SHOW SLAVE STATUS\\G", check=False)
    return next((line.split()[1] for line in status.splitlines() if line.strip().startswith("SQL_Delay:")), "")


def counts(lab: Lab) -> bool:
    """A statement on the locked table, which waits for a second at most."""
    return bool(said(lab, PRIMARY, "SET SESSION lock_wait_timeout = 1; SELECT 1 FROM lab.token LIMIT 1"))


def test_a_lock_is_held(databases: Lab) -> None:
    assert counts(databases)
    with suffering(databases, faults.lock_held(PRIMARY)):
        assert not counts(databases)
    wait_for(lambda: counts(databases), "the table to be free")


def free(lab: Lab) -> int:
    text = said(lab, PRIMARY, "SELECT @@max_connections; SHOW GLOBAL STATUS LIKE 'Threads_connected'").split()
    return int(text[0]) - int(text[-1]) if text else 0


def test_connections_are_used_up(databases: Lab) -> None:
    assert free(databases) > 1
    with suffering(databases, faults.connections_used_up(PRIMARY)):
        wait_for(lambda: free(databases) <= 0, "no connection to be left")
    wait_for(lambda: free(databases) > 1, "connections")


def test_a_replica_is_late(databases: Lab) -> None:
    with suffering(databases, faults.replication_lag(REPLICA, 7 * s)):
        assert delay(databases) == "7"
    assert delay(databases) == "0"
