"""A vantage point's worker: every stream of this folder, commanded over Locust's RPC.

Run it as ``python3 -m locustfiles.vantage``; README.md lists its environment variables. The import of Locust makes the
standard library cooperative (gevent).
"""

import gc
import os
import resource
import signal
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import gevent
import msgspec
from locust.rpc import Message

from harness.model.load import SPOOL, Answer, AnyLoadAsk, Order, Reported, SetStream, StreamSetting
from harness.model.requests import Stream as StreamNumber
from locustfiles.link import Link
from locustfiles.sink import Sink
from locustfiles.stream import Stream
from locustfiles.vantage_point import VantagePoint, read_topology

FLUSH_S = 0.04  # records are in the file within 50 ms
_order = msgspec.json.Decoder(Order)


class Worker:
    """The streams of one vantage point, and the answers to orders."""

    def __init__(self, vantage: VantagePoint, sink: Sink) -> None:
        self._vantage = vantage
        self._sink = sink
        self._streams = find_streams(vantage, sink)

    def run(self, link: Link, probe_rate: float) -> None:
        """Never returns. The end of a stream ends the worker: the supervisor starts it anew."""
        link.register_message("order", self._on_order, concurrent=True)
        for stream in self._streams.values():
            vital(stream.run)
        self._streams[StreamNumber.probe].apply(StreamSetting(rate_hz=probe_rate))
        while True:
            gevent.sleep(FLUSH_S)
            self._sink.write()

    def answer(self, ask: AnyLoadAsk) -> Answer:
        if not isinstance(ask, SetStream):
            deadline = time.monotonic_ns() + ask.patience_ns
            undecided = sum(stream.settle(ask.before_ns, deadline) for stream in self._streams.values())
            return Answer(time.monotonic_ns(), self._sink.write(), undecided)
        if ask.stream not in self._streams:
            return Answer(
                time.monotonic_ns(), self._sink.size, error=f"no stream {ask.stream.name} in {self._vantage.name}"
            )
        return Answer(self._streams[ask.stream].apply(ask.setting), self._sink.size)

    def _on_order(self, environment: object, msg: Message) -> None:
        order = _order.decode(msg.data["order"])
        names = order.ask.vantages
        if not names or self._vantage.name in names:
            reported = Reported(order.number, self._vantage.name, self.answer(order.ask))
            environment.runner.send_message("reported", {"reported": msgspec.json.encode(reported)})  # type: ignore[attr-defined]


def find_streams(vantage: VantagePoint, sink: Sink) -> dict[StreamNumber, Stream]:
    """One for each file of this folder that has the name of a `StreamNumber`."""
    here = Path(__file__).parent
    names = [number for number in StreamNumber if (here / f"{number.name}.py").exists()]
    return {number: import_module(f"locustfiles.{number.name}").stream(vantage, sink) for number in names}


def vital(function: Callable[[], None]) -> None:
    """Runs `function` in a greenlet; an exception of it ends the main program."""
    main = gevent.getcurrent()
    gevent.spawn(function).link_exception(lambda dead: gevent.kill(main, dead.exception))


def main() -> None:
    _raise_file_limit()
    vantage = VantagePoint.of(read_topology(), os.environ["HARNESS_NODE"])
    sink = Sink(Path(os.environ.get("HARNESS_SPOOL", SPOOL)))
    worker = Worker(vantage, sink)
    gevent.signal_handler(signal.SIGTERM, lambda: (sink.write(), os._exit(0)))
    host, port = os.environ.get("HARNESS_LOAD_MASTER", "load-master:5557").split(":")
    link = Link(host, int(port))
    gc.collect()
    gc.freeze()  # these objects stay: a full collection would look through them and delay arrivals
    worker.run(link, float(os.environ.get("HARNESS_PROBE_RATE", "20")))


def _raise_file_limit() -> None:
    """A stalled system keeps thousands of connections open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
