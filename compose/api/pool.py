"""A bounded pool of database connections. A connection that cannot be opened fails only its own caller.

Not asyncmy's pool: it opens connections one by one under its lock and awaits a greeting without limit. If the VIP moves
between a connection's SYN and its greeting, the greeting never comes: then every call of the API hangs.
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
        self._free: deque[Connection] = deque()  # the longest idle one first, so that every database gets queries
        self._waiting = 0
        self._lent = 0

    @property
    def waiting(self) -> int:
        """Callers without a connection, also those whose connection is being opened."""
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
            except BaseException:  # also CancelledError: the next caller gets the turn
                self._turns.release()
                raise
        finally:
            self._waiting -= 1
        self._lent += 1
        return opened

    def release(self, connection: Connection) -> None:
        """Drops a connection that the caller has closed."""
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
            if not connection._stream_broken:  # noqa: SLF001 - asyncmy's own pool finds a closed peer by it
                return connection
            connection.close()
        return None
