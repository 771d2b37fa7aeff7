"""Counters of a node from /proc/PID/net: forwarding, datagrams, TCP connections that are dropped or being opened."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from harness.model.events import ConnectingSample, InterfaceCounted

_FORWARDING: Final = "1"  # RFC 1213, ipForwarding: 1 forwarding, 2 not


class TurnedAway(NamedTuple):
    """`overflows`: connections that found a full queue (TcpExtListenOverflows). `drops`: all dropped ones."""

    overflows: int
    drops: int


def table(text: str, name: str) -> dict[str, str]:
    """From the two lines that begin with ``NAME:``: names, then values. Empty without such lines."""
    rows = [line.split()[1:] for line in text.splitlines() if line.startswith(f"{name}:")]
    return dict(zip(*rows, strict=True)) if rows else {}


def counted(text: str, node: str, t: int) -> InterfaceCounted:
    ip = table(text, "Ip")
    return InterfaceCounted(t, node, int(ip["ForwDatagrams"]), ip["Forwarding"] == _FORWARDING)


def read(init: int, node: str, t: int) -> Iterator[InterfaceCounted]:
    """At most one: none if the node is gone."""
    text = _text(init, "snmp")
    if text:
        yield counted(text, node, t)


def connecting(init: int, node: str, t: int) -> Iterator[ConnectingSample]:
    """At most one: none if the node is gone."""
    sockets, statistics = _text(init, "sockstat"), _text(init, "snmp")
    if sockets and statistics:
        yield unestablished(sockets, statistics, node, t)


def unestablished(sockets: str, statistics: str, node: str, t: int) -> ConnectingSample:
    """From /proc/net/sockstat (``TCP: inuse N …``) and /proc/net/snmp (tcpCurrEstab, RFC 4022), one after the other.

    Walking the table of sockets would be exact, and costs milliseconds (listeners.py).
    """
    in_use = next(int(line.split()[2]) for line in sockets.splitlines() if line.startswith("TCP: inuse "))
    return ConnectingSample(t, node, max(0, in_use - int(table(statistics, "Tcp")["CurrEstab"])))


def turned_away(init: int) -> TurnedAway:
    """By all listening sockets of the node so far; zeros if the node is gone."""
    tcp = table(_text(init, "netstat"), "TcpExt")
    return TurnedAway(int(tcp.get("ListenOverflows", 0)), int(tcp.get("ListenDrops", 0)))


def _text(init: int, name: str) -> str:
    """Empty if the node is gone, or the kernel is removing its namespace."""
    try:
        return Path(f"/proc/{init}/net/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
