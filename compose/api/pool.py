"""A bounded pool of database connections. One that cannot be opened fails its own caller, and nobody else.

Not asyncmy's: that one opens connections one by one under its lock and awaits a greeting without limit. Let the VIP
move between a connection's SYN and its greeting, and it never comes: every call of the API then hangs for ever.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from asyncmy.connection import Connection

OPEN_SECONDS: Final = 2.0  # address, handshake and login together


class Pool:
    def __init__(self, size: int, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._size = size
        self._connect = connect
        self._turns = asyncio.Semaphore(size)
        self._free: deque[Connection] = deque()  # the longest idle one first: every database keeps being asked
        self._waiting = 0
        self._lent = 0

    @property
    def waiting(self) -> int:
        """Callers without a connection, those whose connection is being opened included."""
        return self._waiting

    @property
    def lent(self) -> int:
        return self._lent

    async def acquire(self) -> Connection:
        """In the order of arrival, and without limit, as on July 22. Raises `TimeoutError`, or asyncmy's own errors."""
        self._waiting += 1
        try:
            await self._turns.acquire()
            try:
                opened = self._reusable() or await asyncio.wait_for(self._connect(), OPEN_SECONDS)
            except BaseException:  # whoever it was: its turn is the next one's
                self._turns.release()
                raise
        finally:
            self._waiting -= 1
        self._lent += 1
        return opened

    def release(self, connection: Connection) -> None:
        """A connection that its borrower closed is forgotten."""
        self._lent -= 1
        if connection.connected:
            self._free.append(connection)
        self._turns.release()

    def close(self) -> None:
        while self._free:
            self._free.pop().close()

    def _reusable(self) -> Connection | None:
        while self._free:
            connection = self._free.popleft()
            if not connection._stream_broken:  # noqa: SLF001 - how asyncmy's own pool asks whether the peer has gone
                return connection
            connection.close()
        return None
