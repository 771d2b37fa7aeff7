"""The sender of the gauge's stream: ``pulse FD MAC INTERVAL_NS``, numbered frames until killed.

It inherits the gauge's real-time priority, so it sleeps after every frame, and skips frames that it could not send in
time (no bursts): it must not take a whole core.
"""

import ctypes
import signal
import socket
import sys
import time
from collections.abc import Iterator
from itertools import count
from typing import Final

from harness.agents.network.frames import marker_source

ETHERTYPE: Final = 0x88B6  # IEEE 802 local experimental 2: the eye reads only 0x88B5, so this stream costs it nothing
LATE_NS: Final = 1_000_000
SHORTEST_SLEEP_NS: Final = 15_000
_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29


def frames(mac: bytes) -> Iterator[bytes]:
    """60 bytes each: Ethernet header, the number as 8 bytes big endian, padding."""
    header = mac + marker_source(1) + ETHERTYPE.to_bytes(2, "big")
    for number in count():
        yield (header + number.to_bytes(8, "big")).ljust(60, b"\0")


def main(fd: str, mac: str, interval_ns: str) -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_TIMERSLACK, 1_000)
    out, interval = socket.socket(fileno=int(fd)), int(interval_ns)
    due = time.monotonic_ns()
    for frame in frames(bytes.fromhex(mac.replace(":", ""))):
        out.send(frame)
        now = time.monotonic_ns()
        due = max(due + interval, now - LATE_NS)
        time.sleep(max(due - now, SHORTEST_SLEEP_NS) / 1e9)


if __name__ == "__main__":
    main(*sys.argv[1:])
