"""Samples of every MariaDB, at `RATE_HZ`: a thread each, since a database that hangs must not delay the agent.

Threads hand their samples over through a queue and wake the loop; only the loop's thread emits.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from harness.agents.loop import Loop
from harness.agents.services.database import RUNNING, Locked, Plan, Session, connect
from harness.model.errors import AgentError
from harness.model.events import DatabaseSample
from harness.model.units import s

RATE_HZ: Final = 12
_PERIOD_NS: Final = s // RATE_HZ
_PATIENCE_S: Final = 2
_STATUS: Final = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN"
    " ('Handler_read_next', 'Opened_tables', 'Com_analyze', 'Threads_connected')"
)


def sample(session: Session, node: str, t: int) -> DatabaseSample:
    """One sample. Raises `AgentError`."""
    status = {str(name): int(str(value)) for name, value in session.rows(_STATUS)}
    running = [float(str(row[1])) for row in session.rows(RUNNING)]
    plan = _plan(session)
    return DatabaseSample(
        t=t,
        node=node,
        plan=plan.key,
        plan_rows=plan.rows,
        running=len(running),
        longest_ms=round(max(running, default=0)),
        read_next=status["Handler_read_next"],
        opened_tables=status["Opened_tables"],
        analyses=status["Com_analyze"],
        connections=status["Threads_connected"],
        read_only=str(session.rows("SELECT @@global.read_only")[0][0]) not in ("0", "OFF"),
    )


def _plan(session: Session) -> Plan:
    """Unknown ("") while an ALTER, RENAME or FLUSH waits for the table: the sampler does not queue behind it."""
    try:
        return session.plan()
    except Locked:
        return Plan("", 0)


class DatabaseSampler:
    """`follow` a node when it is found and `forget` it when it dies. A database that is down gives no samples.

    `observed()`: does anybody listen? Samples are only taken then.
    """

    def __init__(self, loop: Loop, emit: Callable[[DatabaseSample], None], observed: Callable[[], bool]) -> None:
        self._emit = emit
        self._observed = observed
        self._samples: deque[DatabaseSample] = deque()
        self._stops: dict[str, threading.Event] = {}
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        loop.watch(self._wake, lambda _: self._drain())

    def follow(self, node: str, init: int) -> None:
        stop = self._stops[node] = threading.Event()
        threading.Thread(target=self._run, args=(node, init, stop), name=f"sample {node}", daemon=True).start()

    def forget(self, node: str) -> None:
        """Idempotent."""
        if stop := self._stops.pop(node, None):
            stop.set()

    def _run(self, node: str, init: int, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._follow(node, init, stop)
            except AgentError:  # down, restarting or hanging: that is what the missing samples say
                stop.wait(_PERIOD_NS / s)

    def _follow(self, node: str, init: int, stop: threading.Event) -> None:
        session = connect(init, _PATIENCE_S, lock_wait_s=0)
        try:
            due = time.monotonic_ns()
            while not stop.wait(max(0, due - time.monotonic_ns()) / s):
                if self._observed():
                    self._samples.append(sample(session, node, time.monotonic_ns()))
                    os.eventfd_write(self._wake, 1)
                due = max(due + _PERIOD_NS, time.monotonic_ns())
        finally:
            session.close()

    def _drain(self) -> None:
        os.eventfd_read(self._wake)
        while self._samples:
            self._emit(self._samples.popleft())
