"""Sleep until an absolute CLOCK_MONOTONIC instant inside gevent, as exactly as the kernel can.

gevent.sleep rounds up to whole milliseconds (epoll's resolution); a timerfd does not.
"""

import ctypes
import os
from typing import Final

from gevent import get_hub

from harness.model.units import s

_libc = ctypes.CDLL(None, use_errno=True)
_CLOCK_MONOTONIC: Final = 1
_TFD_NONBLOCK: Final = os.O_NONBLOCK
_TFD_TIMER_ABSTIME: Final = 1
_READABLE: Final = 1


class _Timespec(ctypes.Structure):
    _fields_ = (("s", ctypes.c_long), ("ns", ctypes.c_long))


class _Timer(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class Alarm:
    """One greenlet sleeps at a time; any other may wake it early."""

    def __init__(self) -> None:
        self._fd: int = _libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._hub = get_hub()
        self._watcher = self._hub.loop.io(self._fd, _READABLE)
        self._timer = _Timer()
        self._pointer = ctypes.byref(self._timer)

    def sleep_until(self, instant_ns: int) -> None:
        """Returns at `instant_ns` or when woken."""
        self._set(instant_ns)
        self._hub.wait(self._watcher)

    def wake(self) -> None:
        self._set(1)

    def _set(self, instant_ns: int) -> None:
        self._timer.value.s, self._timer.value.ns = divmod(instant_ns, s)
        if _libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, self._pointer, None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")
