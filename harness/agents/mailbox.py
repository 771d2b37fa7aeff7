"""Calls that other threads post, done on the loop's thread in the order of posting."""

import os
import weakref
from collections import deque
from collections.abc import Callable

from harness.agents.loop import Loop


class Mailbox:
    def __init__(self, loop: Loop) -> None:
        self._calls: deque[Callable[[], None]] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        weakref.finalize(self, os.close, self._wake)
        loop.watch(self._wake, lambda _: self._drain())

    def post(self, call: Callable[[], None]) -> None:
        """From any thread. An exception of `call` ends the agent, as in every callback."""
        self._calls.append(call)
        os.eventfd_write(self._wake, 1)

    def _drain(self) -> None:
        os.eventfd_read(self._wake)
        while self._calls:
            self._calls.popleft()()
