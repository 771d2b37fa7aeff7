"""A measuring stream across one port, compared with the agent's events: the bench runs it in the agent's container.

``gauge PID DEVICE MAC OFFERED PASSED RATE_HZ``: numbered frames go from DEVICE of process PID's namespace to MAC;
they are *offered* when seen inward at port OFFERED (before nftables) and have *passed* when seen outward at port
PASSED. An empty line on standard output says that the stream has begun; then each `Question` line on standard input
gets one `Verdict` line. Ends with its input.
"""

import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from typing import Final

import msgspec

from harness.agents import realtime
from harness.agents.lab import wall_minus_mono_ns
from harness.agents.loop import now
from harness.agents.network.adverts import attach
from harness.agents.network.namespace import inside_namespace_of
from harness.agents.network.pulse import ETHERTYPE
from harness.model.units import ms, s

SETTLED_NS: Final = 5 * ms  # a frame offered so long after the question's end shows that all earlier ones have arrived
KEEP_NS: Final = 3 * s
DRAIN_S: Final = 0.005  # in batches: to wake up for each frame would cost half a core
SENDER_LEVEL: Final = 10  # below the hand's
_MARKERS: Final = ((0x28, 0, 0, 12), (0x15, 0, 1, ETHERTYPE), (0x06, 0, 0, 32), (0x06, 0, 0, 0))
_OUTGOING: Final = 4
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS, _SOL_PACKET, _PACKET_STATISTICS = 33, 35, 263, 6
_NUMBER: Final = struct.Struct(">14xQ")


class Question(msgspec.Struct, frozen=True):
    """What the agent reported of one blip, ns."""

    begun: int
    applied: int
    release_begun: int
    released: int


class Verdict(msgspec.Struct, frozen=True):
    """What the captured frames show of the blip. None where no such frame was seen.

    The kernel stamps a frame when it arrives and filters it a little later (on a busy machine much later: ksoftirqd is
    an ordinary process). So a frame may be dropped although it was offered before the drop. `transit` is the bound: the
    longest time from offered to passed among the frames around the blip.
    """

    inside: int  # frames both offered and passed between `applied` and `release_begun`
    dropped: int
    last_passed: int | None  # offered then, the last before the blip
    first_missing: int | None  # offered then
    last_missing: int | None  # offered then
    first_passed: int | None  # passed then, the first after the blip
    transit: int
    rate_hz: float  # frames offered per second while the question lasted
    lost: int  # by the gauge's own capture: if not 0, the verdict is not valid


class Gauge:
    def __init__(self, offered: str, passed: str) -> None:
        self._offered_at = _listen(offered)
        self._passed_at = _listen(passed)
        self._offered: deque[tuple[int, int]] = deque()
        self._passed: dict[int, int] = {}

    def drain(self) -> None:
        """Reads all that has arrived at either port."""
        offset = wall_minus_mono_ns()
        self._offered.extend(_frames(self._offered_at, offset, outgoing=False))
        self._passed.update((number, t) for t, number in _frames(self._passed_at, offset, outgoing=True))
        while self._offered and self._offered[0][0] < now() - KEEP_NS:
            self._passed.pop(self._offered.popleft()[1], None)

    def latest(self) -> int:
        return self._offered[-1][0] if self._offered else 0

    def judge(self, question: Question) -> Verdict:
        middle = (question.applied + question.release_begun) // 2
        begin, end = question.begun - SETTLED_NS, question.released + SETTLED_NS
        frames = [(t, self._passed.get(number, 0)) for t, number in self._offered if begin <= t < end]
        before = [(offered, passed) for offered, passed in frames if offered < middle]
        after = [(offered, passed) for offered, passed in frames if offered >= middle]
        held = [passed for offered, passed in frames if question.applied <= offered < question.release_begun]
        return Verdict(
            inside=sum(0 < passed < question.release_begun for passed in held),
            dropped=held.count(0),
            last_passed=max((offered for offered, passed in before if passed), default=None),
            first_missing=min((offered for offered, passed in before if not passed), default=None),
            last_missing=max((offered for offered, passed in after if not passed), default=None),
            first_passed=min((passed for _, passed in after if passed), default=None),
            transit=max((passed - offered for offered, passed in frames if passed), default=0),
            rate_hz=len(held) * s / (question.release_begun - question.applied),
            lost=sum(_lost(sock) for sock in (self._offered_at, self._passed_at)),
        )

    def await_frame(self, after: int) -> None:
        """Returns once a frame was offered later than `after`. Raises `TimeoutError` if no frames come."""
        deadline = now() + 5 * s
        while self.latest() < after:
            time.sleep(DRAIN_S)
            self.drain()
            if now() > deadline:
                raise TimeoutError(f"no frame of the measuring stream since {self.latest()}")

    def answer(self, question: Question) -> Verdict:
        self.await_frame(question.released + SETTLED_NS)
        return self.judge(question)

    def serve(self) -> None:
        """Until standard input ends."""
        self.await_frame(now())
        os.write(1, b"\n")
        unread = b""
        while True:
            ready, _, _ = select.select([0], [], [], DRAIN_S)
            self.drain()
            if 0 in ready:
                chunk = os.read(0, 1 << 16)
                if not chunk:
                    return
                *lines, unread = (unread + chunk).split(b"\n")
                for line in lines:
                    os.write(1, msgspec.json.encode(self.answer(msgspec.json.decode(line, type=Question))) + b"\n")


def _frames(sock: socket.socket, offset: int, *, outgoing: bool) -> list[tuple[int, int]]:
    """(instant, number) of each marker that waits at this socket and goes in that direction."""
    found: list[tuple[int, int]] = []
    while True:
        try:
            frame, ancillary, _, address = sock.recvmsg(32, 64)
        except BlockingIOError:
            return found
        if (address[2] == _OUTGOING) is outgoing:
            seconds, ns = struct.unpack_from("=qq", ancillary[0][2])
            found.append((seconds * s + ns - offset, _NUMBER.unpack_from(frame)[0]))


def _lost(sock: socket.socket) -> int:
    """Frames that the kernel dropped at this socket since the last call."""
    return int(struct.unpack("=II", sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1])


def _listen(device: str) -> socket.socket:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    attach(sock, _MARKERS)
    sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 32 << 20)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.bind((device, 3))
    return sock


def _sender(pid: int, device: str, mac: str, rate_hz: str) -> subprocess.Popen[bytes]:
    with inside_namespace_of(pid), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.bind((device, 0))
        interval = str(s // int(rate_hz))
        command = [sys.executable, "-m", "harness.agents.network.pulse", str(out.fileno()), mac, interval]
        return subprocess.Popen(command, pass_fds=[out.fileno()], stdin=subprocess.DEVNULL)


def main(*arguments: str) -> None:
    """The sender is real-time, so that it keeps its rate on a busy machine; it sleeps after each frame."""
    pid, device, mac, offered, passed, rate_hz = arguments
    gauge = Gauge(offered, passed)
    priority = realtime.best(SENDER_LEVEL)
    priority.elevate()
    sender = _sender(int(pid), device, mac, rate_hz)
    priority.lower()
    try:
        gauge.serve()
    finally:
        sender.kill()
        sender.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
