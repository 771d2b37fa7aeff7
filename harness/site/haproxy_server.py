"""The servers of a backend, and how HAProxy asks whether they live. Manual of HAProxy, 5.2. Times in ns."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.model.units import ms, s, us
from harness.site.haproxy_bind import HaproxyAddress, address, ip
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine

_TIME = re.compile(r"(\d+)(us|ms|s|m|h|d)?")
_UNITS: Final = {"us": us, "ms": ms, "s": s, "m": 60 * s, "h": 3600 * s, "d": 86400 * s, None: ms}


class HaproxyServer(NamedTuple):
    """`check`: HAProxy asks it itself, or follows a server that it asks (``track``), or an agent tells.

    `check_address` and `check_port`: whom it asks, where that is another than the server; "" and 0 if not.
    `settings`: all its words behind the address, those of ``default-server`` first.
    """

    line: HaproxyLine
    name: str
    address: HaproxyAddress
    check: bool
    backup: bool
    inter_ns: int
    fastinter_ns: int
    downinter_ns: int
    fall: int
    rise: int
    check_address: str
    check_port: int
    settings: tuple[str, ...] = ()

    @property
    def detection_ns(self) -> int:
        """After so long at most HAProxy takes a dead server out; refused connections need no timeout."""
        return self.inter_ns + (self.fall - 1) * self.fastinter_ns

    @property
    def gone_ns(self) -> int:
        """The same where its machine is gone: each connection waits for ``inter`` at most, and the next check begins so
        long after the end of the last (``process_chk_conn`` of HAProxy's check.c).
        """
        return self.detection_ns + self.fall * self.inter_ns

    @property
    def back_ns(self) -> int:
        """A server that returns just after a check of it failed is used again after so long: the next check comes after
        ``downinter`` while it is down, and `rise` must succeed (``srv_getinter`` of HAProxy's check.h).
        """
        return max(self.inter_ns, self.downinter_ns) + self.inter_ns * self.rise

    @property
    def local(self) -> bool:
        """On the balancer itself: its loopback or a socket."""
        found = ip(self.address.host)
        return self.address.socket or self.address.name == "localhost" or (found is not None and found.is_loopback)


def servers(backend: HaproxySection) -> Iterator[HaproxyServer]:
    """``server-template`` counts as one. Settings of ``default-server`` lines before it count, its own later."""
    defaults: tuple[str, ...] = tuple(
        word for line in backend.inherited if line.begins("default-server") for word in line.words[1:]
    )
    for line in backend.lines:
        if line.begins("default-server"):
            defaults += line.words[1:]
        elif line.begins("server") and len(line.words) > 2:
            yield _server(line, line.words[2], defaults + line.words[3:])
        elif line.begins("server-template") and len(line.words) > 3:
            yield _server(line, line.words[3], defaults + line.words[4:])


def _server(line: HaproxyLine, where: str, said: tuple[str, ...]) -> HaproxyServer:
    last = HaproxyLine(line.path, line.number, tuple(reversed(said)))
    inter = duration(_before(last, "inter"), 2 * s)
    return HaproxyServer(
        line,
        line.word(1),
        address(where),
        check=_checked(said),
        backup="backup" in said,
        inter_ns=inter,
        fastinter_ns=duration(_before(last, "fastinter"), inter),
        downinter_ns=duration(_before(last, "downinter"), inter),
        fall=_number(_before(last, "fall"), 3),
        rise=_number(_before(last, "rise"), 2),
        check_address=_before(last, "addr"),
        check_port=_number(_before(last, "port"), 0),
        settings=said,
    )


def _before(reverse: HaproxyLine, keyword: str) -> str:
    """The last value of `keyword`: the later one counts."""
    position = reverse.words.index(keyword) if keyword in reverse.words else 0
    return reverse.words[position - 1] if position else ""


def _checked(said: tuple[str, ...]) -> bool:
    check = False
    for word in said:
        check = {"check": True, "no-check": False, "track": True, "agent-check": True}.get(word, check)
    return check


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() else default


def duration(text: str, default_ns: int) -> int:
    """``1500``, ``2s``: milliseconds unless a unit follows (manual, 2.5)."""
    found = _TIME.fullmatch(text)
    return int(found[1]) * _UNITS[found[2]] if found else default_ns


def health_path(backend: HaproxySection) -> str | None:
    """The path that HAProxy's own check asks for; None: it asks in another way."""
    option = backend.option("httpchk")
    if option is None:
        return None
    sent = backend.last("http-check", "send")
    if sent and (path := sent.after("uri")):
        return path
    return option.word(3) or option.word(2) or "/"
