"""How many sessions a frontend takes at once. HAProxy's configuration manual: maxconn in 3.2, 4.2 and 5.1."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from harness.site.haproxy import Haproxy
from harness.site.haproxy_bind import binds
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine


class SessionLimit(NamedTuple):
    """`line`: what sets it."""

    sessions: int
    line: HaproxyLine


def process_limit(haproxy: Haproxy) -> SessionLimit | None:
    """None: HAProxy derives it from the open files that it may have."""
    return SessionLimit(*haproxy.maxconn) if haproxy.maxconn else None


def frontend_limit(frontend: HaproxySection) -> SessionLimit | None:
    """Its own maxconn, else that of its ``defaults``. None: the process's, which 0 means as well."""
    line = frontend.last("maxconn")
    sessions = line.figure("maxconn") if line else None
    return SessionLimit(sessions, line) if line and sessions else None


def bind_limit(frontend: HaproxySection, ports: Collection[int] = ()) -> SessionLimit | None:
    """All its sockets together, if each has a maxconn: the rest waits in the kernel. `ports`: those of them alone."""
    every = list(binds(frontend))
    asked = [each for each in every if any(each.address.has(port) for port in ports)] or every
    found = [SessionLimit(each.maxconn, each.line) for each in asked if each.maxconn]
    if not found or len(found) < len(asked):
        return None
    return SessionLimit(sum(each.sessions for each in found), min(found).line)


def session_limit(haproxy: Haproxy, frontend: HaproxySection, ports: Collection[int] = ()) -> SessionLimit | None:
    """The smallest of those that hold for it. None: no line sets one. `ports`: where customers ask, if it is known."""
    return min(_limits(haproxy, frontend, ports), key=lambda each: each.sessions, default=None)


def _limits(haproxy: Haproxy, frontend: HaproxySection, ports: Collection[int]) -> Iterator[SessionLimit]:
    yield from filter(None, (bind_limit(frontend, ports), frontend_limit(frontend), process_limit(haproxy)))
