"""The flood generator of a customer: each connection to its socket is a flood, and lasts as long as it does.

Run it as ``python3 -m locustfiles.flood_generator``. Not part of the Locust worker, whose punctuality must not suffer
from a flood; and a process of its own for each flood, so that its end, whatever it is, closes every session.
"""

import os
import resource
import socket
import time
from contextlib import closing
from pathlib import Path
from socketserver import ForkingMixIn, StreamRequestHandler, UnixStreamServer
from typing import Final

import msgspec

from harness.model.events import FloodSample, encode
from harness.model.load import FLOOD_SOCKET
from harness.model.ops import Flood
from harness.model.units import ms
from locustfiles.flood_crowd import Crowd

SAMPLE_NS: Final = 100 * ms
_decode: Final = msgspec.json.Decoder(Flood).decode


class Holder(StreamRequestHandler):
    """Whoever holds this connection holds the flood that its first line asks for."""

    def handle(self) -> None:
        connection: socket.socket = self.request
        flood = _decode(self.rfile.readline())
        connection.setblocking(False)
        with closing(Crowd(flood, connection.fileno())) as crowd:
            self._hold(crowd, connection)
        tell(connection, crowd.tally.sample())

    def _hold(self, crowd: Crowd, connection: socket.socket) -> None:
        """A sample at each milestone (the first session, the last), and between them at a fixed rate."""
        due, milestones = time.monotonic_ns(), [1, crowd.wanted]
        while crowd.held:
            reached = bool(milestones) and crowd.tally.open >= milestones[0]
            if reached or time.monotonic_ns() >= due:
                milestones = milestones[reached:]
                due = time.monotonic_ns() + SAMPLE_NS
                tell(connection, crowd.tally.sample())
            crowd.turn(due)


class Generator(ForkingMixIn, UnixStreamServer):
    """Never ends by itself."""

    request_queue_size = 16


def tell(connection: socket.socket, sample: FloodSample) -> None:
    """To a holder who does not read, or who is gone, nothing: samples are totals, and the next one says it all."""
    try:
        connection.send(encode(sample) + b"\n")
    except (BlockingIOError, BrokenPipeError, ConnectionResetError):
        return


def serve(path: Path) -> None:
    """Never returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with Generator(str(path), Holder) as generator:
        generator.serve_forever()


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    serve(Path(os.environ.get("HARNESS_FLOOD_SOCKET", FLOOD_SOCKET)))


if __name__ == "__main__":
    main()
