"""One request = one fixed record of 36 bytes, little endian. Written by load workers, read by numpy.

Times are int64 ns on CLOCK_MONOTONIC. `due` is when the arrival was due, `sent` when it was begun, `done` when its
outcome was known. A late arrival is recorded as late (`sent` − `due`), never skipped and never burst.
"""

import struct
from enum import IntEnum
from typing import Final, NamedTuple

RECORD: Final = struct.Struct("<qqqIHBBBBBx")
DTYPE: Final = [
    ("due", "<i8"), ("sent", "<i8"), ("done", "<i8"), ("sequence", "<u4"), ("status", "<u2"), ("outcome", "u1"),
    ("balancer", "u1"), ("api", "u1"), ("vantage", "u1"), ("stream", "u1"), ("_", "u1"),
]  # fmt: skip


class Outcome(IntEnum):
    ok = 0
    http_error = 1  # answered, not with the status that is expected (`status`: which), or not in HTTP or TLS (0)
    refused = 2
    connect_timeout = 3
    unreachable = 4
    reset = 5
    eof = 6  # the connection ended before the response did
    read_timeout = 7
    local = 8  # our own side failed: no file, no port, no memory (a closed list: locustfiles/http.py)
    dropped = 9  # our own side: more in flight than the stream's cap
    failed = 10  # the connection ended in another way


OURS: Final = (Outcome.local, Outcome.dropped)
"""Failures of our own side: these say nothing of the system under test."""


class Stream(IntEnum):
    probe = 0  # a new connection for each request
    connected = 1  # one keep-alive connection
    background = 2
    flood = 3  # leaves no records: `FloodSample` tells of it
    health = 4  # health checks of an external monitor, which asks the VIP as customers do


class Request(NamedTuple):
    """Nodes: 1-based index among the topology's nodes of that kind (balancers, apis, vantage points); 0 = unknown."""

    due: int
    sent: int
    done: int
    sequence: int
    status: int
    outcome: int
    balancer: int
    api: int
    vantage: int
    stream: int
