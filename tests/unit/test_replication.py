"""The statements that set a replica's delay, where some fail: the replica runs after each undo, and after each error.

A script of a server's state, and no server: what MariaDB itself does with them is tested in a lab.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import pytest

from harness.agents.services.mariadb import replication
from harness.model.errors import AgentError
from harness.model.ops import SqlDelayed

if TYPE_CHECKING:
    from harness.agents.services.mariadb.session import Session

OP = SqlDelayed("db-2", 30)


class Replica:
    """`fails`: the statement that fails once, when it was done. A session that has failed answers nothing more."""

    def __init__(self, delay: int = 0, *, running: bool = True, fails: str = "") -> None:
        self.delay, self.running, self.fails = delay, running, {fails: 1}

    @contextmanager
    def opening(self) -> Iterator["Session"]:
        yield cast("Session", Opened(self))


class Opened:
    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._broken = False

    def named(self, _sql: str) -> dict[str, object]:
        state = "Yes" if self._replica.running else "No"
        return {"sql_delay": self._replica.delay, "slave_io_running": state, "slave_sql_running": state}

    def rows(self, sql: str) -> None:
        if self._broken:
            raise AgentError("the session is lost")
        word = sql.split(maxsplit=1)[0]
        if word == "CHANGE":
            assert not self._replica.running
            self._replica.delay = int(sql.rsplit(maxsplit=1)[-1])
        else:
            self._replica.running = word == "START" and not self._replica.fails.get("START")
        if self._replica.fails.get(word):
            self._replica.fails[word] -= 1
            self._broken = True
            raise AgentError(f"{word} timed out")


def test_a_delay_is_set_and_restored() -> None:
    replica = Replica()
    replication.replace(replica.opening, 30, 0)
    assert (replica.delay, replica.running) == (30, True)
    replication.restore(replica.opening, 30, 0)
    assert (replica.delay, replica.running) == (0, True)


@pytest.mark.parametrize("word", ["STOP", "CHANGE", "START"])
def test_after_an_error_the_replica_runs_as_before(word: str) -> None:
    replica = Replica(fails=word)
    with pytest.raises(AgentError, match="timed out"):
        replication.replace(replica.opening, 30, 0)
    assert (replica.delay, replica.running) == (0, True)


@pytest.mark.parametrize("word", ["STOP", "CHANGE", "START"])
def test_an_undo_that_failed_is_done_by_the_next_one(word: str) -> None:
    replica = Replica(30, fails=word)
    with pytest.raises(AgentError, match="timed out"):
        replication.restore(replica.opening, 30, 0)
    replication.restore(replica.opening, 30, 0)
    assert (replica.delay, replica.running) == (0, True)


def test_a_delay_that_somebody_else_set_stays() -> None:
    replica = Replica(44)
    replication.restore(replica.opening, 30, 0)
    assert (replica.delay, replica.running) == (44, True)


def test_a_replica_that_the_site_has_stopped_is_refused() -> None:
    with Replica(running=False).opening() as opened, pytest.raises(AgentError, match="slave_io_running"):
        replication.replaced(opened, OP)
    with Replica().opening() as opened:
        assert replication.replaced(opened, OP) == "0"
