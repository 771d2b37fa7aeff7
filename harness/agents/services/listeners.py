"""The kernel's queues before a process's listening sockets: who is connected, and not yet accepted.

A listening socket is asked for TCP_INFO through a copy of its descriptor (pidfd_getfd(2), Linux 5.6), which lives for
microseconds: a longer one would keep the port of a dead process open. Of a listener, TCP_INFO says how many wait and
how many may (tcp_get_info() in net/ipv4/tcp.c). /proc/PID/net/tcp says how many wait, too, but walks the host's table
of sockets for it: 3.6 ms on an idle machine, 23 ms with 12,000 of them, where this takes 0.2 ms.
"""

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harness.agents.services import counters
from harness.model.errors import AgentError
from harness.model.events import ListenSample

FIRST: Final = range(32)
"""Descriptors that are looked at: who binds before it serves has its listeners among the first."""

_PIDFD_GETFD: Final = 438  # of every architecture
_TCP_INFO: Final = struct.Struct("=B23xII")  # linux/tcp.h, struct tcp_info: tcpi_state, tcpi_unacked, tcpi_sacked
_LISTEN: Final = 10  # net/tcp_states.h
_syscall: Final = ctypes.CDLL(None, use_errno=True).syscall


class Listener(NamedTuple):
    """`waiting` connections are not yet accepted; one more than `backlog` may wait."""

    inode: int
    port: int
    waiting: int
    backlog: int


def read(pids: Iterable[int], init: int, node: str, t: int) -> Iterator[ListenSample]:
    """One per port that these processes of a node listen on. A socket that two of them have counts once.

    Raises `AgentError` if this machine does not let us look.
    """
    sockets = {each.inode: each for pid in pids for each in listeners(pid)}
    turned_away = counters.turned_away(init) if sockets else (0, 0)
    for port in sorted({each.port for each in sockets.values()}):
        same = [each for each in sockets.values() if each.port == port]
        waiting, backlog = (sum(each.waiting for each in same), sum(each.backlog for each in same))
        yield ListenSample(t, node, port, waiting, backlog, *turned_away)


def listeners(pid: int) -> list[Listener]:
    """Those of one process; none of one that is gone."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return []
    try:
        return [found for descriptor in FIRST if (found := _listener(process, descriptor))]
    finally:
        os.close(process)


def _listener(process: int, descriptor: int) -> Listener | None:
    copy = _syscall(_PIDFD_GETFD, process, descriptor, 0)
    if copy < 0:
        if ctypes.get_errno() in (errno.EBADF, errno.ESRCH):  # it has no such descriptor, or has ended
            return None
        raise AgentError(f"the kernel's queues are not observed: pidfd_getfd: {os.strerror(ctypes.get_errno())}")
    try:
        asked = socket.socket(fileno=copy)
    except OSError:  # a file, a pipe
        os.close(copy)
        return None
    with asked:
        return _described(asked)


def _described(asked: socket.socket) -> Listener | None:
    try:
        told = asked.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    except OSError:  # not of TCP
        return None
    state, waiting, backlog = _TCP_INFO.unpack(told)
    if state != _LISTEN:
        return None
    return Listener(os.fstat(asked.fileno()).st_ino, asked.getsockname()[1], waiting, backlog)
