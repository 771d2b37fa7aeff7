"""Where records go: a file that only grows, and of which the newest part is kept."""

import ctypes
import os
from pathlib import Path
from typing import Final

from harness.model.requests import RECORD, Request

KEEP: Final = 64 << 20
_PUNCH: Final = 0x01 | 0x02  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
_libc = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)


class Sink:
    """Buffers records; `write` appends them. A byte's offset never changes, also when the oldest bytes are freed."""

    def __init__(self, path: Path, keep: int = KEEP) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._buffer = bytearray()
        self._keep = keep
        self._freed = 0
        size = os.fstat(self._fd).st_size
        self.size = size - size % RECORD.size  # a partial record of a killed writer must not shift later records
        os.ftruncate(self._fd, self.size)

    def add(self, request: Request) -> None:
        self._buffer += RECORD.pack(*request)

    def write(self) -> int:
        """Everything added so far is in the file. Returns its size in bytes."""
        while self._buffer:
            written = os.write(self._fd, self._buffer)
            del self._buffer[:written]
            self.size += written
        if self.size - self._freed > 2 * self._keep:
            self._free(self.size - self._keep)
        return self.size

    def _free(self, end: int) -> None:
        if _libc.fallocate(self._fd, _PUNCH, 0, end):
            raise OSError(
                ctypes.get_errno(), "The spool's file system cannot punch holes, so the file would grow without end"
            )
        self._freed = end
