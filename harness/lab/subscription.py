"""The recorder's subscription to one agent, renewed after each restart of the agent."""

import contextlib
import threading
from collections.abc import Callable

from harness.lab.agent import AgentClient, Stream
from harness.lab.agents import RESTART_S
from harness.model.errors import AgentError, EnvironmentProblem
from harness.model.events import AnyEvent


class Subscription:
    """Subscribes again whenever the stream has ended, since the eye may die alone, and after `restarted()`.

    The engine need not end a stream into a container that has restarted. `connect` gets the seconds that the agent may
    take to listen; `started_at` says when its container was started.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[float], Stream],
        started_at: Callable[[], str | None],
        on_event: Callable[[AnyEvent], None],
    ) -> None:
        self._name = name
        self._connect = connect
        self._started_at = started_at
        self._on_event = on_event
        self._ends = threading.Semaphore(0)
        self._subscribe(0)
        threading.Thread(target=self._follow, name=f"{name}-subscription", daemon=True).start()

    def restarted(self) -> None:
        """To be called, from any thread, when the container has started. Ends the old stream and subscribes again.

        If the container is gone again, its next start calls this again.
        """
        with contextlib.suppress(EnvironmentProblem):
            if self._started_at() != self._began:
                self._agent.close()
        self._ends.release()

    def _follow(self) -> None:
        """One restart may arrive here twice: by the end of the stream and by `restarted`."""
        while self._ends.acquire():
            if self._agent.gone:
                with contextlib.suppress(EnvironmentProblem, AgentError):  # it stopped again: wait for its next start
                    self._subscribe(RESTART_S)

    def _subscribe(self, patience_s: float) -> None:
        self._began = self._started_at()
        stream = self._connect(patience_s)
        self._agent = AgentClient(self._name, stream, self._on_event, patience_s, on_end=self._ends.release)
        self._agent.subscribe()
