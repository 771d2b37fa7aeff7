"""HAProxy's runtime API: commands and their answers. Times and counters as in its management guide, 9.3.

Keys that can be set: ``maxconn frontend NAME``, ``maxconn global``, ``maxconn server BACKEND/SERVER``,
``weight BACKEND/SERVER``, ``server BACKEND/SERVER state``.

A name or value with a character that HAProxy does not allow in names is refused before it is sent: a semicolon or a
newline would begin another command (management guide, 9.3).
"""

import csv
import re
import socket
import time
from collections.abc import Iterator
from typing import Final

from harness.agents.services.haproxy import stats_socket
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit.supervised import Service
from harness.model.errors import AgentError, BadValue
from harness.model.events import HaproxySample
from harness.model.units import ms

PATIENCE_NS: Final = 500 * ms
KEYS: Final = (
    "maxconn frontend NAME, maxconn global, maxconn server BACKEND/SERVER, weight BACKEND/SERVER, "
    "server BACKEND/SERVER state"
)
_WORD: Final = re.compile(r"[A-Za-z0-9_.:/-]+")
"""The characters of a name (configuration manual, 4), and the slash between backend and server."""
_NUMBERS: Final = ("scur", "slim", "qcur", "req_tot", "stot", "rtime", "qtime", "ctime", "ttime", "rate")
_COLUMNS: Final = frozenset(("pxname", "svname", "status", *_NUMBERS))
Row = dict[str, str]


class Gone(AgentError):
    """HAProxy is down, or does not know the proxy (any more): so what was set there is gone, too."""


def ask(init: int, command: str) -> str:
    """One command, answered within `PATIENCE_NS`. Raises `Gone` (HAProxy is down) or `AgentError` (it is frozen)."""
    deadline = time.monotonic_ns() + PATIENCE_NS
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.settimeout(PATIENCE_NS / 1e9)
            NodeFiles.of(init).connect(connection, _socket_path(init))
            connection.sendall(command.encode() + b"\n")
            return b"".join(_until_end(connection, deadline)).decode(errors="replace")
        except (ConnectionError, FileNotFoundError, ProcessLookupError) as error:
            raise Gone(f"HAProxy is not running: {error}") from error
        except OSError as error:
            raise AgentError(f"HAProxy does not answer {command!r}: {error}") from error


def _socket_path(init: int) -> str:
    """Raises `Gone` if HAProxy does not run, `NoStatsSocket`, or `OSError`."""
    master = Service("", init, "haproxy").pid()
    if not master:
        raise Gone("HAProxy is not running.")
    try:
        return stats_socket.find(init, master)
    except stats_socket.NotStarted as error:
        raise Gone(f"HAProxy is not running: {error}.") from error


def _until_end(connection: socket.socket, deadline: int) -> Iterator[bytes]:
    while True:
        connection.settimeout(max(0.001, (deadline - time.monotonic_ns()) / 1e9))
        chunk = connection.recv(1 << 16)
        if not chunk:
            return
        yield chunk


def rows(answer: str) -> Iterator[Row]:
    """``show stat`` as one mapping per proxy or server. Raises `AgentError` for any other answer.

    Only the columns that are read here: all hundred would take 35 ms of the agent's loop for a thousand servers.
    """
    header, *lines = csv.reader(answer.removeprefix("# ").strip().splitlines() or [""])
    if missing := _COLUMNS - set(header):
        raise AgentError(f"HAProxy: the answer to `show stat` lacks {', '.join(sorted(missing))}: {answer[:80]!r}")
    places = [(name, header.index(name)) for name in _COLUMNS]
    width = len(header)
    for line in lines:
        values = line if len(line) >= width else line + [""] * (width - len(line))
        yield {name: values[place] for name, place in places}


def samples(answer: str, node: str, t: int, process_limit: int) -> Iterator[HaproxySample]:
    """One per frontend, backend and server of ``show stat``; counters that a row does not have are 0.

    Raises `AgentError` for any other answer.
    """
    for row in rows(answer):
        yield HaproxySample(
            t=t,
            node=node,
            proxy=f"{row['pxname']}/{row['svname']}",
            status=row["status"],
            sessions=_int(row["scur"]),
            session_limit=_int(row["slim"]),
            queued=_int(row["qcur"]),
            requests=_int(row["req_tot"] or row["stot"]),
            response_ms=_int(row["rtime"]),
            process_limit=process_limit,
            queue_ms=_int(row["qtime"]),
            connect_ms=_int(row["ctime"]),
            total_ms=_int(row["ttime"]),
            rate=_int(row["rate"]),
        )


def process_limit(answer: str) -> int:
    """``Maxconn`` of ``show info``; 0 if it is not there."""
    return info(answer, "Maxconn")


def info(answer: str, field: str) -> int:
    """One number of ``show info``; 0 if it is not there."""
    line = next((line for line in answer.splitlines() if line.startswith(f"{field}:")), f"{field}: 0")
    return _int(line.split()[1])


def boot_limit(init: int) -> int:
    """The number of sessions that HAProxy was started for; a value that is set later cannot exceed it."""
    return info(ask(init, "show info"), "Hard_maxconn")


def pid(init: int) -> int:
    """Of the process that answers, as the node numbers it."""
    return info(ask(init, "show info"), "Pid")


def names(init: int, *, frontends: bool = False) -> list[str]:
    """``PROXY/SERVER`` of every server, or ``PROXY/FRONTEND`` of every frontend."""
    found = [(row["pxname"], row["svname"]) for row in rows(ask(init, "show stat"))]
    return [f"{proxy}/{name}" for proxy, name in found if (name == "FRONTEND") == frontends and name != "BACKEND"]


def read(init: int, key: str) -> str:
    """The present value of `key`. Raises `BadValue` for a key that cannot be set, `AgentError`."""
    match words(key):
        case ["maxconn", "global"]:
            return str(process_limit(ask(init, "show info")))
        case ["maxconn", "frontend", name]:
            return _column(init, f"{name}/FRONTEND", "slim")
        case ["maxconn", "server", server]:
            return _column(init, server, "slim") or "0"
        case ["weight", server]:
            return ask(init, f"get weight {server}").split()[0]
        case ["server", server, "state"]:
            return _administrative_state(_column(init, server, "status"))
    raise BadValue("key", key, KEYS)


def write(init: int, key: str, value: str) -> None:
    """Sets a value and reads it back. Raises `AgentError` if it had no effect, `BadValue` if it is not valid."""
    complaint = ask(init, " ".join(("set", *words(key), *words(value)))).strip()
    if complaint:
        raise AgentError(f"HAProxy: set {key} {value}: {complaint}")
    present = read(init, key)
    if present != value:
        raise AgentError(f"HAProxy: {key} is {present} after it was set to {value}.")


def words(text: str) -> list[str]:
    """The words of a key or a value. Raises `BadValue` if HAProxy could read one as several words."""
    found = text.split(" ")
    if not all(map(_WORD.fullmatch, found)):
        raise BadValue("key or value", text, KEYS)
    return found


def _column(init: int, proxy: str, column: str) -> str:
    for row in rows(ask(init, "show stat")):
        if f"{row['pxname']}/{row['svname']}" == proxy:
            return row[column]
    raise Gone(f"HAProxy knows no {proxy!r}.")


def _administrative_state(status: str) -> str:
    """``ready``, ``drain`` or ``maint``; UP and DOWN come from health checks, not from an operator."""
    return {"MAINT": "maint", "DRAIN": "drain"}.get(status.split(maxsplit=1)[0], "ready")


def _int(text: str) -> int:
    try:
        return int(text) if text else 0
    except ValueError as error:
        raise AgentError(f"HAProxy: {text!r} is not a number.") from error
