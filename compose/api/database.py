"""Two small pools of connections: reads go to either database, writes to the writable one.

A caller waits for a connection without limit, as on July 22: the configuration of the balancers limits the queue.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, NamedTuple, Self

from api.pool import Pool
from asyncmy import connect
from asyncmy.connection import Connection as Raw
from asyncmy.errors import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

_LOST = (OperationalError, InterfaceError, OSError)  # a TimeoutError is an OSError
_ANSWER_SECONDS: Final = 10.0  # a balancer that lost its address cannot close the connection: wait no longer
Row = Sequence[object]


class Load(NamedTuple):
    busy: int
    waiting: int


class Connection:
    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    async def one(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        async with self._raw.cursor() as cursor:
            await cursor.execute(sql, values)
            row: Row | None = await cursor.fetchone()
            return row

    async def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """→ the AUTO_INCREMENT value, if there was one. Raises `asyncmy.errors.IntegrityError`."""
        async with self._raw.cursor() as cursor:
            await cursor.execute(sql, values)
            return int(cursor.lastrowid or 0)


class Database:
    """`reads` and `writes`: HOST:PORT. Opens a connection when it is needed: a server starts without a database."""

    def __init__(self, reads: str, writes: str, size: int) -> None:
        self._reads = _pool(reads, size)
        self._writes = _pool(writes, max(1, size // 4))

    @classmethod
    def of_environment(cls) -> Self:
        """DATABASE (writes), DATABASE_READS (default: the same), POOL (16)."""
        writes = os.environ["DATABASE"]
        return cls(os.environ.get("DATABASE_READS", writes), writes, int(os.environ.get("POOL", "16")))

    @property
    def load(self) -> Load:
        """Of the pool for reads. Never waits."""
        return Load(self._reads.lent, self._reads.waiting)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        async with _lent(self._reads) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        async with _lent(self._writes) as connection:
            yield connection

    def close(self) -> None:
        for pool in (self._reads, self._writes):
            pool.close()


@asynccontextmanager
async def _lent(pool: Pool) -> AsyncIterator[Connection]:
    """Closes a connection that failed: the state of its server is unknown."""
    try:
        raw = await pool.acquire()
    except _LOST as error:
        raise _unavailable(error) from error
    try:
        yield Connection(raw)
    except _LOST as error:
        raw.close()
        raise _unavailable(error) from error
    except asyncio.CancelledError:
        raw.close()
        raise
    finally:
        pool.release(raw)


def _pool(address: str, size: int) -> Pool:
    host, _, port = address.rpartition(":")
    login = {"user": "api", "password": "api", "db": "lab"}  # public, of every lab (compose/database/data)
    open_one = partial(connect, host=host, port=int(port), autocommit=True, read_timeout=_ANSWER_SECONDS, **login)
    return Pool(size, open_one)


def _unavailable(error: Exception) -> HTTPException:
    return HTTPException(503, f"The database does not answer: {error}")
