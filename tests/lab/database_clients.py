"""What clients of the databases see: of the API through the balancers, of a proxy, of the database itself."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Final

from harness import faults
from harness.checks.right_plan import ROWS_PER_S
from harness.faults import Fault
from harness.lab import compose
from harness.lab.lab import Lab
from harness.model.events import DatabaseSample
from harness.model.units import ms, s
from locustfiles.credentials import token
from tests.lab.shared import execute_in, wait_for
from tests.lab.watched import PATIENCE_S, Watched

PRIMARY, REPLICA = "db-1", "db-2"
CLIENT: Final = ("mariadb", "-N", "-B", "--connect-timeout=2", "-e")
ASK: Final = """
import sys, urllib.request
headers = {"Authorization": "Bearer " + sys.argv[2]}
with urllib.request.urlopen(urllib.request.Request("http://10.77.0.100" + sys.argv[1], headers=headers)) as answer:
    print(answer.read().decode())
"""

MUTE_SERVER: Final = """
import asyncio, socket, time
from functools import partial
from api.pool import Pool
from asyncmy import connect

async def main():
    mute = socket.create_server(("127.0.0.1", 0))
    pool = Pool(2, partial(connect, host="127.0.0.1", port=mute.getsockname()[1], user="api"))
    began = time.monotonic()
    ends = await asyncio.gather(*(pool.acquire() for _ in range(4)), return_exceptions=True)
    print(*(type(end).__name__ for end in ends), pool.waiting, pool.lent, round(time.monotonic() - began))

asyncio.run(main())
"""


def chosen(watched: Watched, node: str, index: str, start: int = 0) -> DatabaseSample:
    return watched.wait(DatabaseSample, lambda e: (e.node, e.plan) == (node, index), start)


def ask(databases: str, path: str, number: int = 1) -> object:
    return json.loads(execute_in(databases, "customer-1", "python3", "-c", ASK, path, token(number)))


def rows_per_s(watched: Watched) -> float:
    """Along an index, by both databases together, over half a second or more."""
    start = watched.mark()
    total = 0.0
    for node in ("db-1", "db-2"):
        first = watched.wait(DatabaseSample, lambda e, n=node: e.node == n, start)  # type: ignore[misc]
        last = watched.wait(DatabaseSample, lambda e, f=first: e.node == f.node and e.t > f.t + 500 * ms, start)  # type: ignore[misc]
        total += (last.read_next - first.read_next) * s / (last.t - first.t)
    return total


def read_along_the_wrong_index(watched: Watched) -> None:
    """Waits until both databases together do: half a second after the first such query 120 rows/s were seen once."""
    deadline = time.monotonic() + PATIENCE_S
    while (rate := rows_per_s(watched)) <= ROWS_PER_S:
        assert time.monotonic() < deadline, f"{rate:,.0f} rows/s after {PATIENCE_S} s, more than {ROWS_PER_S:,} awaited"


def inject(lab: Lab, fault: faults.Fault) -> None:
    plan = fault.plan(lab.topology)
    lab.lease(fault.targets(), plan)
    lab.arm(plan)


DB_1: Final = compose.topology(compose.overlays()).node("db-1").ports[0].address
GREETED: Final = """
import socket, sys
link = socket.create_connection((sys.argv[1], 3306), timeout=1)
try:
    print(f"{len(link.recv(9))} bytes")
    if len(sys.argv) > 2:
        link.shutdown(socket.SHUT_WR)
        while link.recv(999):
            pass
        print("closed")
except OSError as error:
    print(type(error).__name__)
"""
"""How db-1 greets a client of its proxy; with an argument: and whether it closes the connection within a second."""


def greeted(databases: str, *arguments: str) -> list[str]:
    return execute_in(databases, "api-1", "python3", "-c", GREETED, DB_1, *arguments).split("\n")[:-1]


RESULT: Final = ("mariadb", "--host", DB_1, "--user", "health", "--execute", "SELECT REPEAT('x', 60000)")


@contextlib.contextmanager
def suffering(lab: Lab, fault: Fault) -> Iterator[None]:
    plan = fault.plan(lab.topology)
    lab.lease(fault.targets(), plan)
    lab.arm(plan)
    try:
        wait_for(lambda: bool(lab.agent("service").hello().held), "the fault to be in force")
        yield
    finally:
        lab.undo()


def said(lab: Lab, node: str, sql: str) -> str:
    return execute_in(lab.name, node, *CLIENT, sql, check=False).strip()


def delay(lab: Lab) -> str:
    status = execute_in(lab.name, REPLICA, "mariadb", "-e", "SHOW SLAVE STATUS\\G", check=False)
    return next((line.split()[1] for line in status.splitlines() if line.strip().startswith("SQL_Delay:")), "")


def counts(lab: Lab) -> bool:
    """A statement on the locked table, which waits for a second at most."""
    return bool(said(lab, PRIMARY, "SET SESSION lock_wait_timeout = 1; SELECT 1 FROM lab.token LIMIT 1"))


def free(lab: Lab) -> int:
    text = said(lab, PRIMARY, "SELECT @@max_connections; SHOW GLOBAL STATUS LIKE 'Threads_connected'").split()
    return int(text[0]) - int(text[-1]) if text else 0
