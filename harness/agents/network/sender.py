"""The process that sends a measuring stream: ``sender RATE_HZ '[[fd, stream, "destination MAC"], …]'``, until killed.

Evenly spaced by an absolute schedule. Numbers count on while frames cannot be sent (link down, device gone). After a
delay it skips the frames that it missed, without a burst.
"""

import contextlib
import ctypes
import errno
import itertools
import json
import os
import signal
import socket
import sys
import time
from typing import Final, NamedTuple

from harness.agents.network.frames import marker

RESUME_NS: Final = 5_000_000
NICE: Final = -15
"""An uneven stream measures badly. At 10,000/s it takes a tenth of a core, so that it starves no other process."""

_SLACK_NS: Final = 1_000
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_TIMERSLACK: Final = 29
_NOT_SENDABLE: Final = frozenset({errno.ENETDOWN, errno.ENXIO, errno.ENODEV, errno.ENOBUFS})


class Stream(NamedTuple):
    socket: socket.socket
    number: int
    destination: bytes

    def send(self, count: int) -> None:
        """Frame number `count`. Raises `OSError` except where a fault in the network may be the cause."""
        try:
            self.socket.send(marker(self.destination, self.number, count))
        except OSError as error:
            if error.errno not in _NOT_SENDABLE:
                raise


def send_for_ever(streams: list[Stream], interval_ns: int) -> None:
    due = time.monotonic_ns()
    for count in itertools.count():
        for stream in streams:
            stream.send(count)
        due += interval_ns
        wait = due - time.monotonic_ns()
        if wait > 0:
            time.sleep(wait / 1e9)
        elif wait < -RESUME_NS:
            due = time.monotonic_ns()


def main(rate_hz: str, streams: str) -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_TIMERSLACK, _SLACK_NS)  # the default, 50 µs, is half an interval of the fastest stream
    with contextlib.suppress(PermissionError):  # without CAP_SYS_NICE the stream is less even
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    described: list[tuple[int, int, str]] = json.loads(streams)
    send_for_ever(
        [
            Stream(socket.socket(fileno=fd), number, bytes.fromhex(mac.replace(":", "")))
            for fd, number, mac in described
        ],
        1_000_000_000 // int(rate_hz),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
