"""The client of one agent: requests with replies, events to a callback, a lease kept alive by heartbeats."""

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
    Look,
    Mark,
    Refused,
    Seen,
    Subscribe,
    Undo,
)
from harness.model.survey import Survey
from harness.model.units import s

REPLY_SECONDS = 20.0
_reply = msgspec.json.Decoder(AnyReply)


class Stream(Protocol):
    """Carries bytes in both directions, as `ExecStream` does."""

    stderr: bytes

    def write(self, data: bytes) -> None: ...
    def read(self) -> bytes: ...
    def close(self) -> None: ...


class _Reply(msgspec.Struct):
    """Any line from an agent: `reply` is empty for an event."""

    reply: str = ""


_kind = msgspec.json.Decoder(_Reply)


class AgentClient:
    """Thread-safe. Every method raises `AgentError` when the agent refuses, dies or does not answer in 20 s.

    `patience_s`: additional seconds for the first reply of an agent that is still starting. `on_end`: called once by
    the reader's thread when the stream has ended, for any reason.
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
        """Has the agent died? Docker starts another one, which needs another client."""
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
        """Raises `LeaseConflict` naming the holder. The lease lasts until `close` or the end of this process."""
        self.ask(lambda number: Lease(number, holder, targets))
        if self._heart is None:
            self._heart = threading.Thread(target=self._beat, name=f"{self.name}-heartbeat", daemon=True)
            self._heart.start()

    def undo(self, *, everything: bool = False, plan_id: int | None = None) -> tuple[str, ...]:
        """Undoes all that this client (`everything`: any client) holds, or one plan; returns what is left in force."""
        return self.ask(lambda number: Undo(number, everything, plan_id)).left

    def ask(self, make: Callable[[int], Ask]) -> Done:
        """Sends any other request of the protocol: `make` gets its number."""
        reply = self._call(make(self._next()))
        assert isinstance(reply, Done)
        return reply

    def look(self) -> Survey:
        """All that this agent's ops can change, as it is now."""
        reply = self._call(Look(self._next()))
        assert isinstance(reply, Seen)
        return reply.survey

    def close(self) -> None:
        self._closing.set()
        self._stream.close()

    def _next(self) -> int:
        return next(self._numbers)

    def _call(self, ask: Ask) -> Done | Greeting | Seen:
        future: Future[AnyReply] = Future()
        with self._lock:
            self._refuse_if_gone()
            self._waiting[ask.id] = future
        try:
            self._stream.write(msgspec.json.encode(ask) + b"\n")
            reply = future.result(REPLY_SECONDS + (0 if self._heard else self._patience_s))
        except TimeoutError:
            raise AgentError(self._no_reply(type(ask).__name__)) from None
        except OSError as error:
            raise AgentError(f"{self.name} is gone: {error}. {self._last_output()}") from error
        finally:
            self._waiting.pop(ask.id, None)
        if isinstance(reply, Refused):
            raise _refusal(self.name, reply)
        return reply

    def _no_reply(self, ask: str) -> str:
        if self._heard:
            return f"{self.name} did not answer {ask} within {REPLY_SECONDS:.0f} s."
        within = REPLY_SECONDS + self._patience_s
        return f"{self.name} sent nothing within {within:.0f} s: is it still starting? {self._last_output()}"

    def _read(self) -> None:
        """Whatever ends it, each waiting call raises. This thread's own exception is raised again: it is shown."""
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
        """Closes the connection: the agent then undoes what it held for this client."""
        with self._lock:
            self._gone.set()
            left, self._waiting = self._waiting, {}
        self._stream.close()
        for future in left.values():
            future.set_exception(AgentError(f"{self.name} is gone. {self._last_output()}"))
        self._on_end()

    def _take(self, line: bytes) -> None:
        """Raises `AgentError` for a line that cannot be decoded, or what `on_event` raises."""
        self._heard = True
        try:
            message = _reply.decode(line) if _kind.decode(line).reply else self._event(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AgentError(not_understood(self.name, line, error)) from error
        if isinstance(message, (Done, Refused, Greeting, Seen)):
            if waiting := self._waiting.pop(message.id, None):  # absent: the caller's timeout has passed
                waiting.set_result(message)
        elif message and self._on_event:
            self._on_event(message)

    def _event(self, line: bytes) -> AnyEvent | None:
        return self._events.decode(line) if self._on_event else None

    def _beat(self) -> None:
        """Awaits no reply: on a busy machine, a late reply must not delay the next heartbeat."""
        while not (self._closing.wait(HEARTBEAT_NS / s) or self.gone):
            try:
                self._stream.write(msgspec.json.encode(Heartbeat(self._next())) + b"\n")
            except OSError:
                return  # the reader has seen the end too; the next call raises `AgentError`

    def _refuse_if_gone(self) -> None:
        if self.gone:
            raise AgentError(f"{self.name} is gone. {self._last_output()}")

    def _last_output(self) -> str:
        if self._problem:
            return self._problem
        words = self._stream.stderr.decode(errors="replace").strip()
        logs = "See: harness logs network-agent, harness logs service-agent."
        return f"It printed: {words[-500:]}" if words else logs


def not_understood(agent: str, line: bytes, error: Exception) -> str:
    """The message of an error: which agent, which line, and what to do."""
    return (
        f"{agent} sent a line that this version of the harness cannot decode ({error}): "
        f"{line[:200].decode(errors='replace')}. Are its images of another version? harness down, then harness up."
    )


def _refusal(agent: str, reply: Refused) -> Exception:
    kinds: dict[str, type[Exception]] = {"lease": LeaseConflict, "usage": UsageError}
    return kinds.get(reply.kind, AgentError)(f"{agent}: {reply.why}")
