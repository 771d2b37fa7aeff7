"""The flood generator of a customer: each connection to its socket is a flood, which ends with the connection.

Run it as ``python3 -m locustfiles.flood_generator``. It is not part of the Locust worker: a flood must not make the
worker late. Each flood has a process of its own, so that any end of it closes every session.
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


class FloodHandler(StreamRequestHandler):
    """The first line of the connection asks for the flood; the flood is held while the connection is open."""

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
    """Serves without end."""

    request_queue_size = 16


def tell(connection: socket.socket, sample: FloodSample) -> None:
    """Skips the sample if the holder does not read or is gone: samples are totals, the next one has all."""
    try:
        connection.send(encode(sample) + b"\n")
    except (BlockingIOError, BrokenPipeError, ConnectionResetError):
        return


def serve(path: Path) -> None:
    """Never returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with Generator(str(path), FloodHandler) as generator:
        generator.serve_forever()


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    serve(Path(os.environ.get("HARNESS_FLOOD_SOCKET", FLOOD_SOCKET)))


if __name__ == "__main__":
    main()
