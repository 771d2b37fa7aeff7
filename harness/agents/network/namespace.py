"""Work inside a node's network namespace: the thread returns at once, a socket made there stays there."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_CLONE_NEWNET: Final = 0x40000000
_libc: Final = ctypes.CDLL(None, use_errno=True)


@contextmanager
def inside(namespace: int) -> Iterator[None]:
    """`namespace`: an open /proc/PID/ns/net. Raises `OSError`. Needs CAP_SYS_ADMIN."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(namespace)
        yield
    finally:
        _enter(home)
        os.close(home)


@contextmanager
def inside_namespace_of(pid: int) -> Iterator[None]:
    """Of the process `pid`; no descriptor stays open. `FileNotFoundError`, `ProcessLookupError`: it has ended."""
    namespace = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        with inside(namespace):
            yield
    finally:
        os.close(namespace)


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, _CLONE_NEWNET):  # os.setns is not in Python 3.11
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
