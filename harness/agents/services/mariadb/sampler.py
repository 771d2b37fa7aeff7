"""Samples of every MariaDB, at `RATE_HZ`: by threads, because a database that hangs must not delay the agent.

The threads put their samples into a queue and wake the loop; only the loop's thread emits.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from harness.agents.loop import Loop
from harness.agents.services.mariadb.session import EXPLAIN, RUNNING, Locked, Plan, Row, Session, connect, plan_of
from harness.agents.services.pace import Pace
from harness.model.errors import AgentError
from harness.model.events import DatabaseSample
from harness.model.units import s

RATE_HZ: Final = 16  # so that there are ten a second of a starved server, too
SESSIONS: Final = 2  # a starved server answers after 0.1 s: meanwhile the other session asks
_PATIENCE_S: Final = 2
_COUNTERS: Final = (
    "SELECT LOWER(variable_name), variable_value FROM information_schema.global_status WHERE variable_name IN"
    " ('handler_read_key', 'handler_read_next', 'handler_read_rnd_next', 'opened_tables', 'com_analyze',"
    " 'threads_connected', 'threads_running') UNION ALL SELECT 'read_only', @@global.read_only NOT IN ('0', 'OFF')"
)


def sample(session: Session, node: str) -> DatabaseSample:
    """One sample, in one round trip, stamped when the counters are read. Raises `AgentError`."""
    try:
        return _sample(session, node)
    except (IndexError, KeyError, StopIteration, ValueError) as error:
        raise AgentError(f"{node}: MariaDB's answer is not understood: {error!r}") from error


def _sample(session: Session, node: str) -> DatabaseSample:
    results = session.results(f"{_COUNTERS}; {RUNNING}; {EXPLAIN}")
    counted, t = {str(name): int(str(value)) for name, value in next(results)}, time.monotonic_ns()
    running = [float(str(row[1])) for row in next(results)]
    plan = _plan(results)
    return DatabaseSample(
        t=t,
        node=node,
        plan=plan.key,
        plan_rows=plan.rows,
        running=len(running),
        longest_ms=round(max(running, default=0)),
        read_next=counted["handler_read_next"],
        opened_tables=counted["opened_tables"],
        analyses=counted["com_analyze"],
        connections=counted["threads_connected"],
        read_only=bool(counted["read_only"]),
        read_key=counted["handler_read_key"],
        read_rnd_next=counted["handler_read_rnd_next"],
        threads_running=counted["threads_running"],
    )


def _plan(results: Iterator[list[Row]]) -> Plan:
    """Unknown ("") while an ALTER, RENAME or FLUSH waits for the table: the sampler does not queue behind it."""
    try:
        return plan_of(next(results))
    except Locked:
        return Plan("", 0)


class DatabaseSampler:
    """`follow` a node when it starts and `forget` it when it ends. A database that is down gives no samples.

    `observed()`: is a client subscribed? Only then samples are taken.
    """

    def __init__(self, loop: Loop, emit: Callable[[DatabaseSample], None], observed: Callable[[], bool]) -> None:
        self._emit = emit
        self._observed = observed
        self._samples: deque[DatabaseSample] = deque()
        self._stops: dict[str, threading.Event] = {}
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        loop.watch(self._wake, lambda _: self._drain())

    def follow(self, node: str, init: int) -> None:
        stop, pace = threading.Event(), Pace(s // RATE_HZ)
        self._stops[node] = stop
        for _ in range(SESSIONS):
            arguments = (node, init, stop, pace)
            threading.Thread(target=self._run, args=arguments, name=f"sample {node}", daemon=True).start()

    def forget(self, node: str) -> None:
        """Idempotent."""
        if stop := self._stops.pop(node, None):
            stop.set()

    def _run(self, node: str, init: int, stop: threading.Event, pace: Pace) -> None:
        while not stop.is_set():
            try:
                self._follow(node, init, stop, pace)
            except AgentError:  # down, restarting or hanging: missing samples show it
                stop.wait(1 / RATE_HZ)

    def _follow(self, node: str, init: int, stop: threading.Event, pace: Pace) -> None:
        session = connect(init, _PATIENCE_S, lock_wait_s=0, several=True)
        try:
            while not stop.wait(max(0, pace.next() - time.monotonic_ns()) / s):
                if self._observed():
                    self._samples.append(sample(session, node))
                    os.eventfd_write(self._wake, 1)
        finally:
            session.close()

    def _drain(self) -> None:
        os.eventfd_read(self._wake)
        while self._samples:
            self._emit(self._samples.popleft())
