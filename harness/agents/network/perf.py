"""Rings by which a BPF program hands frames to this process: one perf event for each processor (linux/perf_event.h)."""

import ctypes
import fcntl
import mmap
import os
import platform
import struct
from collections.abc import Iterator
from typing import Final

_CALL: Final = {"x86_64": 298, "aarch64": 241}
_SOFTWARE, _BPF_OUTPUT, _SAMPLE_RAW, _CLOEXEC = 1, 10, 1 << 10, 8
_ENABLE: Final = 0x2400  # PERF_EVENT_IOC_ENABLE
_SAMPLE: Final = 9
_HEAD, _TAIL = 1024, 1032  # in struct perf_event_mmap_page
_HEADER: Final = struct.Struct("=IHH")  # type, misc, size
PAGES: Final = 128  # half a megabyte for each processor: what a user may lock without any privilege


class Ring:
    """One processor's. Raises `OSError` where perf events are not allowed."""

    def __init__(self, processor: int) -> None:
        attributes = struct.pack("=IIQQQQQIIQ", _SOFTWARE, 112, _BPF_OUTPUT, 1, _SAMPLE_RAW, 0, 0, 1, 0, 0)
        self.event = _open(attributes.ljust(112, b"\0"), processor)
        self._size = PAGES * mmap.PAGESIZE
        self._memory = mmap.mmap(self.event, self._size + mmap.PAGESIZE)
        self._tail = 0
        fcntl.ioctl(self.event, _ENABLE, 0)

    def read(self) -> Iterator[bytes]:
        """What the program has written since the last call, record by record."""
        (head,) = struct.unpack_from("=Q", self._memory, _HEAD)
        while self._tail < head:
            kind, _, size = _HEADER.unpack(self._piece(self._tail, _HEADER.size))
            if kind == _SAMPLE:
                yield self._piece(self._tail + 12, size - 12)
            self._tail += size
        struct.pack_into("=Q", self._memory, _TAIL, self._tail)

    def _piece(self, at: int, size: int) -> bytes:
        """It may go on at the ring's begin."""
        begin = at % self._size
        first = min(size, self._size - begin)
        page = mmap.PAGESIZE
        return self._memory[page + begin : page + begin + first] + self._memory[page : page + size - first]


def rings() -> list[Ring]:
    """One for each processor of the machine, used by this container or not: a frame may be sent from any of them."""
    return [Ring(processor) for processor in range(os.cpu_count() or 1)]


def _open(attributes: bytes, processor: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    event = int(libc.syscall(_CALL[platform.machine()], buffer, -1, processor, -1, _CLOEXEC))
    if event < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return event
