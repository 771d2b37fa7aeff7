"""The client of the load master: changes streams while they run, and says how many bytes of records are on disk."""

import queue
import threading
from collections.abc import Callable, Sequence
from itertools import count
from typing import Final

import docker
import msgspec

from harness.lab.agent import Stream as ByteStream
from harness.lab.agent import not_understood
from harness.lab.exec import ExecStream, find_container
from harness.model.errors import AgentError, NotMeasured, UsageError
from harness.model.load import QUIET, SOCKET, Answered, AnyLoadAsk, AnyLoadReply, SetStream, StreamSetting, Sync
from harness.model.protocol import Refused
from harness.model.requests import Stream
from harness.model.units import s

REPLY_SECONDS: Final = 10.0  # beyond the patience that was asked for
_reply = msgspec.json.Decoder(AnyLoadReply)


def open_load(client: docker.DockerClient, lab: str) -> "LoadControl":
    """Raises `EnvironmentProblem` if the lab is not up. Waits at most 10 s for a master that is starting."""
    container = find_container(client, lab, "load-master")
    return LoadControl(ExecStream(container, ["socat", "-t0", "-", f"UNIX-CONNECT:{SOCKET},retry=100,interval=0.1"]))


class LoadControl:
    """One ask at a time. Raises `AgentError` when the master is gone, `UsageError` when it refuses.

    `vantages`: the vantage points concerned; empty: all. Every method but `present` raises `NotMeasured` naming the
    workers that do not answer.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._numbers = count(1)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        threading.Thread(target=self._read, name="load-reader", daemon=True).start()

    def set(self, stream: Stream, setting: StreamSetting, vantages: Sequence[str] = ()) -> dict[str, int]:
        """Changes a stream; returns by vantage point the instant of the change, ns."""
        reply = self._all(lambda n: SetStream(n, tuple(vantages), stream=stream, setting=setting))
        return {name: answer.at for name, answer in reply.answers.items()}

    def stop(self, stream: Stream, vantages: Sequence[str] = ()) -> dict[str, int]:
        """No more arrivals. Returns at once: requests in flight are recorded as they end, within their timeouts."""
        return self.set(stream, QUIET, vantages)

    def sync(self, before_ns: int = 0, patience_ns: int = 3 * s, vantages: Sequence[str] = ()) -> dict[str, int]:
        """Every record known so far is on disk; returns by vantage point the bytes of its spool.

        Waits, at most `patience_ns`, for the outcome of all requests that were due before `before_ns`. One that hangs
        for longer is recorded when it ends.
        """
        reply = self._all(lambda n: Sync(n, tuple(vantages), before_ns=before_ns, patience_ns=patience_ns))
        return {name: answer.size for name, answer in reply.answers.items()}

    def present(self) -> Answered:
        """Which workers answer, and which are `missing`."""
        return self._ask(Sync)

    def close(self) -> None:
        self._stream.close()

    def _all(self, make: Callable[[int], AnyLoadAsk]) -> Answered:
        reply = self._ask(make)
        if reply.missing:
            raise NotMeasured(
                f"The load of {', '.join(reply.missing)} did not answer. See: harness logs {reply.missing[0]}"
            )
        return reply

    def _ask(self, make: Callable[[int], AnyLoadAsk]) -> Answered:
        with self._lock:
            ask = make(next(self._numbers))
            self._write(msgspec.json.encode(ask) + b"\n")
            patience = ask.patience_ns / s if isinstance(ask, Sync) else 0
            reply = self._reply_to(ask, patience + REPLY_SECONDS)
        if isinstance(reply, Refused):
            raise UsageError(f"load: {reply.why}")
        return reply

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except OSError as error:
            raise AgentError(f"The load master is gone: {error}. {self._last_output()}") from error

    def _reply_to(self, ask: AnyLoadAsk, seconds: float) -> AnyLoadReply:
        """The reply with this ask's number; older replies belong to asks whose timeout has passed."""
        while True:
            try:
                line = self._lines.get(timeout=seconds)
            except queue.Empty:
                raise AgentError(f"The load master did not answer {type(ask).__name__} in {seconds:.0f} s.") from None
            if line is None:
                self._lines.put(None)  # for the next ask
                raise AgentError(f"The load master is gone. {self._last_output()}")
            reply = _understood(line)
            if reply.id == ask.id:
                return reply

    def _read(self) -> None:
        """Whatever ends it, a waiting ask raises."""
        buffer = b""
        try:
            while piece := self._stream.read():
                *lines, buffer = (buffer + piece).split(b"\n")
                for line in lines:
                    self._lines.put(line)
        finally:
            self._lines.put(None)

    def _last_output(self) -> str:
        words = self._stream.stderr.decode(errors="replace").strip()
        return f"It printed: {words[-500:]}" if words else "See: harness logs load-master"


def _understood(line: bytes) -> AnyLoadReply:
    try:
        reply: AnyLoadReply = _reply.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AgentError(not_understood("The load master", line, error)) from error
    return reply
