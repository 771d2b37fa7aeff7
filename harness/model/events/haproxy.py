"""HAProxy's figures, and the kernel's queues before it."""

from harness.model.events.base import Event


class HaproxySample(Event, frozen=True, tag="haproxy"):
    """One proxy of ``show stat`` and the process limit; sessions, queues in connections, times in ms.

    An idle keep-alive connection is a session of its frontend only: requests in progress are the sessions of a backend.
    Times are HAProxy's averages over the last 1,024 requests that ended at a backend or server.

    No answer: `proxy` is empty and `status` says what is known. ``silent``: it said nothing within 0.5 s (frozen).
    ``refused``: its process is down, or had answered before and nothing listens now. ``unknown``: this process has not
    been heard yet, because its configuration names no socket that is there and open to the agent (its notes say why);
    it may serve very well.
    """

    node: str
    proxy: str  # frontend/backend/server name, "api/FRONTEND"
    status: str
    sessions: int
    session_limit: int
    queued: int
    requests: int  # total so far
    response_ms: int
    process_limit: int
    queue_ms: int = 0
    connect_ms: int = 0
    total_ms: int = 0
    rate: int = 0  # sessions begun in the last second


class ListenSample(Event, frozen=True, tag="listen"):
    """The kernel's queue of one port that HAProxy listens on: `waiting` are connected, and not yet accepted.

    `backlog` + 1 connections may wait. The kernel drops the SYN of the next one; its client repeats it after 1, 2, 4 …
    s. `overflows` and `drops` count that for all ports of the node (TcpExtListenOverflows, TcpExtListenDrops), so far.
    """

    node: str
    port: int
    waiting: int
    backlog: int
    overflows: int
    drops: int


class ConnectingSample(Event, frozen=True, tag="connecting"):
    """How many connections of a customer's node are begun and not established (SYN-SENT).

    Computed as TCP sockets in use minus established ones, so that closing sockets are counted briefly, too.
    """

    node: str
    connecting: int


class SessionLimitSet(Event, frozen=True, tag="session_limit_set"):
    """Every frontend of a balancer may have `limit` sessions from now on. `way`: ``live`` or ``reload``."""

    node: str
    limit: int
    way: str


HaproxyEvent = HaproxySample | ListenSample | ConnectingSample | SessionLimitSet
