"""The ``http-check`` and ``tcp-check`` lines of a backend, by connection: each ``connect`` begins another one."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine


class CheckConnection(NamedTuple):
    """`address`, `port`: "" and 0 if they are the server's. `line`: of its ``connect``, None if none is written."""

    line: HaproxyLine | None
    rules: tuple[HaproxyLine, ...]
    address: str = ""
    port: int = 0
    tls: bool = False
    proxied: bool = False


class CannotStandIn(ValueError):
    """What cannot be answered, and the line that asks for it."""

    def __init__(self, line: HaproxyLine, said: str) -> None:
        super().__init__(said)
        self.line = line


def connections(backend: HaproxySection, keyword: str) -> tuple[CheckConnection, ...]:
    """Its own lines, else those of its ``defaults``. Raises `CannotStandIn` for a port that is computed."""
    own = [line for line in backend.lines if line.begins(keyword)]
    lines = own or [line for line in backend.inherited if line.begins(keyword)]
    return tuple(_connection(head, rules) for head, rules in _grouped(lines))


def _grouped(lines: Iterable[HaproxyLine]) -> Iterator[tuple[HaproxyLine | None, tuple[HaproxyLine, ...]]]:
    head: HaproxyLine | None = None
    rules: list[HaproxyLine] = []
    for line in lines:
        if line.word(1) != "connect":
            rules.append(line)
            continue
        if head or rules:
            yield head, tuple(rules)
        head, rules = line, []
    yield head, tuple(rules)


def _connection(head: HaproxyLine | None, rules: tuple[HaproxyLine, ...]) -> CheckConnection:
    if head is None:
        return CheckConnection(None, rules)
    port = head.after("port")
    if port and not re.fullmatch(r"\d{1,5}", port):
        raise CannotStandIn(head, f"the port {port!r} is computed when the check runs")
    return CheckConnection(
        head, rules, head.after("addr"), int(port or 0), "ssl" in head.words, "send-proxy" in head.words
    )
