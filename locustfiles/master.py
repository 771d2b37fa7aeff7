"""The load master: Locust's registry of workers, and the socket on which the harness commands them.

Run it as ``python3 -m locustfiles.master``; README.md lists its environment variables. The import of Locust makes the
standard library cooperative (gevent).
"""

import os
import signal
from itertools import count
from pathlib import Path
from typing import Final

import gevent
import msgspec
import zmq
from gevent import socket
from gevent.event import Event
from gevent.server import StreamServer
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner

from harness.model.load import SOCKET, Answer, Answered, AnyLoadAsk, AnyLoadReply, Order, Reported, Sync
from harness.model.protocol import Refused
from harness.model.units import s
from locustfiles.vantage_point import read_topology

ACKNOWLEDGE_S: Final = 2.0
_ask = msgspec.json.Decoder(AnyLoadAsk)
_reported = msgspec.json.Decoder(Reported)


class Pending:
    """An order to the workers: the answers that have come, and the vantage points that are awaited."""

    def __init__(self, order: Order, awaited: set[str]) -> None:
        self.message = {"order": msgspec.json.encode(order)}
        self._awaited = awaited
        self._complete = Event()
        self.answers: dict[str, Answer] = {}

    def take(self, vantage: str, answer: Answer) -> None:
        self.answers[vantage] = answer
        if self._awaited <= self.answers.keys():
            self._complete.set()

    def wait(self, seconds: float) -> tuple[str, ...]:
        """Until every answer has come; returns the vantage points without an answer."""
        self._complete.wait(seconds)
        return tuple(sorted(self._awaited - self.answers.keys()))


class Dispatcher:
    """Reads requests of clients, sends them to the workers as orders, and collects the answers."""

    def __init__(self, runner: MasterRunner, vantages: set[str]) -> None:
        self._runner = runner
        self._vantages = vantages
        self._numbers = count(1)
        self._pending: dict[int, Pending] = {}
        runner.register_message("reported", self._on_reported)
        runner.environment.events.worker_connect.add_listener(self._on_worker)  # type: ignore[no-untyped-call]

    def serve(self, client: socket.socket, _address: object) -> None:
        """One client: a reply for each line, in order, until the client closes the connection."""
        with client, client.makefile("rb") as lines:
            for line in lines:
                client.sendall(msgspec.json.encode(self.reply(line)) + b"\n")

    def reply(self, line: bytes) -> AnyLoadReply:
        try:
            ask = _ask.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Refused(_number_of(line), "usage", str(error))
        if unknown := sorted(set(ask.vantages) - self._vantages):
            return Refused(
                ask.id, "usage", f"no vantage point {', '.join(unknown)}; valid: {', '.join(sorted(self._vantages))}"
            )
        return self._order(ask)

    def _order(self, ask: AnyLoadAsk) -> AnyLoadReply:
        number = next(self._numbers)
        pending = self._pending[number] = Pending(Order(number, ask), set(ask.vantages) or self._vantages)
        patience_s = ask.patience_ns / s if isinstance(ask, Sync) else 0
        try:
            self._runner.send_message("order", pending.message)
            missing = pending.wait(patience_s + ACKNOWLEDGE_S)
        finally:
            del self._pending[number]
        errors = [answer.error for answer in pending.answers.values() if answer.error]
        return Refused(ask.id, "usage", "; ".join(errors)) if errors else Answered(ask.id, pending.answers, missing)

    def _on_worker(self, client_id: str, **_: object) -> None:
        """A worker that registers while an order is open gets the order too."""
        for pending in self._pending.values():
            self._runner.send_message("order", pending.message, client_id)

    def _on_reported(self, environment: object, msg: Message) -> None:  # noqa: ARG002 - Locust's signature
        reported = _reported.decode(msg.data["reported"])
        if pending := self._pending.get(reported.number):  # else it is too late: it was reported as missing
            pending.take(reported.vantage, reported.answer)


class _Numbered(msgspec.Struct):
    id: int = 0


def _number_of(line: bytes) -> int:
    """The number of a request that is otherwise not valid; 0 if the number is not readable either."""
    try:
        return msgspec.json.decode(line, type=_Numbered).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0


def open_runner(port: int) -> MasterRunner:
    runner = Environment().create_master_runner("*", port)
    # A worker that lost its connection registers under its old name while the old connection still looks open.
    runner.server.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
    return runner


def listen(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen()
    return listener


def main() -> None:
    gevent.signal_handler(signal.SIGTERM, lambda: os._exit(0))  # without a handler PID 1 ignores it
    runner = open_runner(int(os.environ.get("HARNESS_LOAD_PORT", "5557")))
    dispatcher = Dispatcher(runner, set(read_topology().vantages))
    server = StreamServer(listen(Path(os.environ.get("HARNESS_LOAD_SOCKET", SOCKET))), dispatcher.serve)
    print(f"Workers register on port {runner.server.port}.", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
