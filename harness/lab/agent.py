"""The client of one agent: asks with replies, events to a callback, a lease kept alive by heartbeats."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from typing import Protocol

import msgspec

from harness.model.errors import AgentError, LeaseConflict, UsageError
from harness.model.events import AnyEvent, Decoder
from harness.model.protocol import (
    HEARTBEAT_NS,
    AnyReply,
    Ask,
    Done,
    Greeting,
    Heartbeat,
    Hello,
    Lease,
    Mark,
    Refused,
    Subscribe,
    Undo,
)
from harness.model.units import s

REPLY_SECONDS = 20.0
_reply = msgspec.json.Decoder(AnyReply)


class Stream(Protocol):
    """What `ExecStream` is; anything else that carries bytes both ways will do."""

    stderr: bytes

    def write(self, data: bytes) -> None: ...
    def read(self) -> bytes: ...
    def close(self) -> None: ...


class _Reply(msgspec.Struct):
    """Any line of an agent's: `reply` is empty for an event."""

    reply: str = ""


_kind = msgspec.json.Decoder(_Reply)


class AgentClient:
    """Thread-safe. Every method raises `AgentError` when the agent refuses, dies or does not answer in 20 s.

    `patience_s`: how much longer the first answer may take, of an agent that is still starting. `on_end`: called once,
    by the reader's thread, when the stream has ended, whatever ended it.
    """

    def __init__(
        self,
        name: str,
        stream: Stream,
        on_event: Callable[[AnyEvent], None] | None = None,
        patience_s: float = 0,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self._on_end = on_end
        self._patience_s = patience_s
        self._heard = False
        self._problem = ""
        self._stream = stream
        self._on_event = on_event
        self._events = Decoder()
        self._numbers = count(1)
        self._waiting: dict[int, Future[AnyReply]] = {}
        self._lock = threading.Lock()
        self._gone = threading.Event()
        self._closing = threading.Event()
        self._heart: threading.Thread | None = None
        threading.Thread(target=self._read, name=f"{name}-reader", daemon=True).start()

    @property
    def gone(self) -> bool:
        """Has the agent died? It will not come back here: Docker starts another, which is asked by another client."""
        return self._gone.is_set()

    def hello(self) -> Greeting:
        reply = self._call(Hello(self._next()))
        assert isinstance(reply, Greeting)
        return reply

    def subscribe(self) -> None:
        """From now on `on_event` gets the baseline, then every event; returns when the baseline was sent."""
        self.ask(Subscribe)

    def mark(self, name: str, trial: int = -1, step: str = "") -> int:
        """Stamps an instant with the agent's clock; returns it in ns."""
        return self.ask(lambda number: Mark(number, name, trial, step)).t

    def lease(self, holder: str, targets: tuple[str, ...]) -> None:
        """Raises `LeaseConflict` naming the holder. Kept alive until `close` or the death of this process."""
        self.ask(lambda number: Lease(number, holder, targets))
        if self._heart is None:
            self._heart = threading.Thread(target=self._beat, name=f"{self.name}-heartbeat", daemon=True)
            self._heart.start()

    def undo(self, *, everything: bool = False, plan_id: int | None = None) -> tuple[str, ...]:
        """Undoes all that this client (or anyone) holds, or one plan's share; returns what could not be undone."""
        return self.ask(lambda number: Undo(number, everything, plan_id)).left

    def ask(self, make: Callable[[int], Ask]) -> Done:
        """Any other ask of the protocol: `make` gets the request's number."""
        reply = self._call(make(self._next()))
        assert isinstance(reply, Done)
        return reply

    def close(self) -> None:
        self._closing.set()
        self._stream.close()

    def _next(self) -> int:
        return next(self._numbers)

    def _call(self, ask: Ask) -> Done | Greeting:
        future: Future[AnyReply] = Future()
        with self._lock:
            self._refuse_if_gone()
            self._waiting[ask.id] = future
        try:
            self._stream.write(msgspec.json.encode(ask) + b"\n")
            reply = future.result(REPLY_SECONDS + (0 if self._heard else self._patience_s))
        except TimeoutError:
            raise AgentError(self._silence(type(ask).__name__)) from None
        except OSError as error:
            raise AgentError(f"{self.name} is gone: {error}. {self._last_words()}") from error
        finally:
            self._waiting.pop(ask.id, None)
        if isinstance(reply, Refused):
            raise _refusal(self.name, reply)
        return reply

    def _silence(self, ask: str) -> str:
        if self._heard:
            return f"{self.name} did not answer {ask} within {REPLY_SECONDS:.0f} s."
        within = REPLY_SECONDS + self._patience_s
        return f"{self.name} has not been heard within {within:.0f} s: is it still starting? {self._last_words()}"

    def _read(self) -> None:
        """Whatever ends it, whoever waits is told. What it raises is this thread's, and so not silent either."""
        try:
            self._follow()
        except Exception as problem:
            self._problem = str(problem)
            raise
        finally:
            self._end()

    def _follow(self) -> None:
        buffer = b""
        while piece := self._stream.read():
            *lines, buffer = (buffer + piece).split(b"\n")
            for line in lines:
                self._take(line)

    def _end(self) -> None:
        """The agent hears it by the end of the connection, and undoes what it held for us."""
        with self._lock:
            self._gone.set()
            left, self._waiting = self._waiting, {}
        self._stream.close()
        for future in left.values():
            future.set_exception(AgentError(f"{self.name} is gone. {self._last_words()}"))
        self._on_end()

    def _take(self, line: bytes) -> None:
        """Raises `AgentError` for a line that is not understood, or what `on_event` raises."""
        self._heard = True
        try:
            told = _reply.decode(line) if _kind.decode(line).reply else self._event(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AgentError(not_understood(self.name, line, error)) from error
        if isinstance(told, (Done, Refused, Greeting)):
            if waiting := self._waiting.pop(told.id, None):  # absent: the caller gave up
                waiting.set_result(told)
        elif told and self._on_event:
            self._on_event(told)

    def _event(self, line: bytes) -> AnyEvent | None:
        return self._events.decode(line) if self._on_event else None

    def _beat(self) -> None:
        """Awaits no reply: on a busy machine, one that is late must not delay the next sign of life."""
        while not (self._closing.wait(HEARTBEAT_NS / s) or self.gone):
            try:
                self._stream.write(msgspec.json.encode(Heartbeat(self._next())) + b"\n")
            except OSError:
                return  # the reader has seen the end too; whoever asks next is told

    def _refuse_if_gone(self) -> None:
        if self.gone:
            raise AgentError(f"{self.name} is gone. {self._last_words()}")

    def _last_words(self) -> str:
        if self._problem:
            return self._problem
        words = self._stream.stderr.decode(errors="replace").strip()
        return f"It said: {words[-500:]}" if words else "See: harness logs network-agent, harness logs service-agent."


def not_understood(agent: str, line: bytes, error: Exception) -> str:
    """Who, what, and what to do: a sentence."""
    return (
        f"{agent} told what this version of the harness does not understand ({error}): "
        f"{line[:200].decode(errors='replace')}. Are its images of another version? harness down, then harness up."
    )


def _refusal(agent: str, reply: Refused) -> Exception:
    kinds: dict[str, type[Exception]] = {"lease": LeaseConflict, "usage": UsageError}
    return kinds.get(reply.kind, AgentError)(f"{agent}: {reply.why}")
