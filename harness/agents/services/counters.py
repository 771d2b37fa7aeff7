"""A node's IP counters from /proc/PID/net/snmp: does it forward, and how many datagrams has it forwarded?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.model.events import InterfaceCounted

_FORWARDING: Final = "1"  # RFC 1213, ipForwarding: 1 forwarding, 2 not


def path(init: int) -> Path:
    return Path(f"/proc/{init}/net/snmp")


def counted(text: str, node: str, t: int) -> InterfaceCounted:
    """From the two lines that begin with ``Ip:``: names, then values."""
    names, values = (line.split() for line in text.splitlines() if line.startswith("Ip:"))
    ip = dict(zip(names, values, strict=True))
    return InterfaceCounted(t, node, int(ip["ForwDatagrams"]), ip["Forwarding"] == _FORWARDING)


def read(init: int, node: str, t: int) -> Iterator[InterfaceCounted]:
    """At most one: none if the node is gone."""
    try:
        text = path(init).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return
    if text:  # empty: its namespace is being taken down
        yield counted(text, node, t)
