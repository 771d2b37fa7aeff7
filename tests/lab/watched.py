"""For tests of the agents: a client that keeps every event and waits for one with a deadline."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import docker

from harness.lab.agent import AgentClient
from harness.lab.exec import ExecStream, find_container
from harness.model.events import AnyEvent, Event, OpApplied, OpReleased, PlanDone
from harness.model.ops import AnyOp, plan
from harness.model.protocol import Arm, Done, Measure

T = TypeVar("T", bound=Event)
PATIENCE_S = 30.0  # no bound: 32 queries under a wrong plan took 5 to 16 s to end, as fast as the machine was


class Watched:
    """One agent of a lab, subscribed to from the beginning. `events`: all that it has told."""

    def __init__(self, lab: str, service: str, name: str) -> None:
        self.events: list[AnyEvent] = []
        self._news = threading.Condition()
        container = find_container(docker.from_env(), lab, service)
        stream = ExecStream(container, ["socat", "-", f"UNIX-CONNECT:/run/agent/{name}.sock"])
        self.client = AgentClient(name, stream, self._take)
        self.client.subscribe()

    def _take(self, event: AnyEvent) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def of(self, kind: type[T], start: int = 0) -> list[T]:
        return [event for event in self.events[start:] if isinstance(event, kind)]

    def mark(self) -> int:
        """Where the events end now: a `start` for the other methods."""
        return len(self.events)

    def wait(self, kind: type[T], wanted: Callable[[T], bool] = lambda _: True, start: int = 0) -> T:
        """The first event of this kind, from `start` on, that is `wanted`. Fails with what came instead."""
        deadline = time.monotonic() + PATIENCE_S
        with self._news:
            while True:
                found = next((event for event in self.of(kind, start) if wanted(event)), None)
                if found:
                    return found
                seen = self.of(kind, start)[-5:]
                assert self._news.wait(deadline - time.monotonic()), f"awaited {kind.__name__}, last saw {seen}"

    def hold(self, op: AnyOp, duration: int) -> tuple[OpApplied, OpReleased]:
        """Applies one op for `duration` ns; what the agent said of it. The lease must be there."""
        start = self.mark()
        self.client.ask(lambda number: Arm(number, plan_id=1, plan=plan([op], duration)))
        self.wait(PlanDone, start=start)
        applied, released = self.wait(OpApplied, start=start), self.wait(OpReleased, start=start)
        assert (applied.error, released.error) == ("", "")
        return applied, released

    def hold_until_undone(self, op: AnyOp) -> OpApplied:
        start = self.mark()
        self.client.ask(lambda number: Arm(number, plan_id=1, plan=plan([op])))
        return self.wait(OpApplied, start=start)

    def measure(self, rate_hz: int, *points: tuple[str, str]) -> Done:
        return self.client.ask(lambda number: Measure(number, points, rate_hz))


@contextmanager
def watching(lab: str, service: str, name: str) -> Iterator[Watched]:
    watched = Watched(lab, service, name)
    try:
        yield watched
    finally:
        watched.client.close()
