"""The events of one agent over all its lives: the recorder's."""

import contextlib
import threading
from collections.abc import Callable

from harness.lab.agent import AgentClient, Stream
from harness.lab.agents import RESTART_S
from harness.model.errors import AgentError, EnvironmentProblem
from harness.model.events import AnyEvent


class Subscription:
    """Subscribes again whenever the stream has ended: the eye may die alone. `restarted()`: its container has started.

    By that word, too, because the engine need not end a stream into a container's earlier life. `open_` takes how long
    the agent may take to listen, s; `life` says when its container was started.
    """

    def __init__(
        self,
        name: str,
        open_: Callable[[float], Stream],
        life: Callable[[], str | None],
        on_event: Callable[[AnyEvent], None],
    ) -> None:
        self._name = name
        self._open = open_
        self._life = life
        self._on_event = on_event
        self._ends = threading.Semaphore(0)
        self._subscribe(0)
        threading.Thread(target=self._follow, name=f"{name}-lives", daemon=True).start()

    def restarted(self) -> None:
        """From any thread. Ends the stream into the life before, and by its end the agent is subscribed to again."""
        if self._life() != self._began:
            self._agent.close()
        self._ends.release()

    def _follow(self) -> None:
        """Of one restart the stream's end and the engine's word may both tell."""
        while self._ends.acquire():
            if self._agent.gone:
                with contextlib.suppress(EnvironmentProblem, AgentError):  # it stopped again: its next start is awaited
                    self._subscribe(RESTART_S)

    def _subscribe(self, patience_s: float) -> None:
        self._began = self._life()
        stream = self._open(patience_s)
        self._agent = AgentClient(self._name, stream, self._on_event, patience_s, on_end=self._ends.release)
        self._agent.subscribe()
