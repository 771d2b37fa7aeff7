"""The process that delays what leaves a device: ``delayer DEVICE PORT SIDE``, in the device's namespace.

Says ``ready``. ``begin DELAY_NS JITTER_NS`` on its standard input takes the frames: it says ``begun``. ``end``: frames
pass again, and those that wait are sent at once; it says ``ended`` and how
many it took. It ends with its input, and with its device.
If it is killed, frames pass, and those that wait are lost. PORT and SIDE are for those who list processes.
"""

import ctypes
import os
import random
import select
import socket
import sys
import time
from collections import deque
from typing import Final

from harness.agents.network import bpf
from harness.agents.network.offload import described
from harness.agents.network.perf import rings

MARK: Final = 0x4841524E
WAITING: Final = 20_000
"""Frames that wait at most; further ones are lost."""
LOOKS_S: Final = 1.0
"""How often it looks whether its device is still there, while no frame comes."""
_SOL_PACKET, _PACKET_VNET_HDR, _SO_MARK = 263, 15, 36
_PR_SET_TIMERSLACK: Final = 29


class Queue:
    """Frames with the instants at which they are due. They keep their order: each waits for those before it, too."""

    def __init__(self, out: socket.socket) -> None:
        self.delay_ns = 0
        self.jitter_ns = 0
        self.met = 0
        self._out = out
        self._waiting = deque[tuple[int, bytes]]()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, t: int, frame: bytes) -> None:
        """A frame that the device would have sent at `t`. It is lost if too many wait."""
        self.met += 1
        if len(self._waiting) < WAITING:
            due = t + self.delay_ns + random.randint(-self.jitter_ns, self.jitter_ns)  # noqa: S311
            self._waiting.append((due, frame))

    def send(self, now: int) -> None:
        """Those that are due."""
        while self._waiting and self._waiting[0][0] <= now:
            self._send(self._waiting.popleft()[1])

    def flush(self) -> None:
        """All, due or not."""
        while self._waiting:
            self._send(self._waiting.popleft()[1])

    def patience(self) -> float:
        """Seconds until the next frame is due."""
        if not self._waiting:
            return LOOKS_S
        return min(LOOKS_S, max(0, self._waiting[0][0] - time.monotonic_ns()) / 1e9)

    def _send(self, frame: bytes) -> None:
        try:
            self._out.send(frame)
        except OSError as error:  # the link is down: a card without carrier loses its frames too
            print(f"delayer: {error}", file=sys.stderr, flush=True)


class Delayer:
    def __init__(self, device: str) -> None:
        self._device, self._index = device, socket.if_nametoindex(device)
        self._rings = rings()
        self._program = bpf.load(bpf.event_array([ring.event for ring in self._rings]), MARK)
        self._queue = Queue(_out(device))
        self._link: int | None = None

    def serve(self) -> None:
        files = [0, *(ring.event for ring in self._rings)]
        while self._is_there():
            ready, _, _ = select.select(files, [], [], self._queue.patience())
            self._take()
            self._queue.send(time.monotonic_ns())
            if 0 in ready and not self._obey(os.read(0, 4096).decode().split()):
                return

    def _obey(self, order: list[str]) -> bool:
        """False: there will be no more orders."""
        if order and order[0] == "begin":
            self._queue.delay_ns, self._queue.jitter_ns = int(order[1]), int(order[2])
            self._queue.met = 0
            self._link = bpf.attach(self._program, self._index)
            _say("begun")
            return True
        if self._link is not None:
            os.close(self._link)
            self._link = None
        self._take()
        self._queue.flush()
        if order:
            _say(f"ended {self._queue.met}")
        return bool(order)

    def _take(self) -> None:
        """All frames that the program has taken since the last call."""
        records = (record for ring in self._rings for record in ring.read())
        taken = sorted((*bpf.META.unpack_from(record), record) for record in records)  # of several processors
        for t, segment, size, record in taken:
            self._queue.put(t, described(record[bpf.META.size : bpf.META.size + size], segment))

    def _is_there(self) -> bool:
        try:
            return socket.if_nametoindex(self._device) == self._index
        except OSError:
            return False


def _out(device: str) -> socket.socket:
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    out.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
    out.setsockopt(socket.SOL_SOCKET, _SO_MARK, MARK)
    out.bind((device, 0))
    return out


def _say(word: str) -> None:
    os.write(1, f"{word}\n".encode())  # at once: print would write the end of the line apart


def main(device: str, *_: str) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1_000)
    try:
        delayer = Delayer(device)
    except OSError as error:
        _say(f"this kernel refuses it ({error.strerror or error})")
        return
    _say("ready")
    delayer.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
