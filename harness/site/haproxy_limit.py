"""How many sessions a frontend takes at once. HAProxy's configuration manual: maxconn in 3.2, 4.2 and 5.1."""

from collections.abc import Iterator
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


def bind_limit(frontend: HaproxySection) -> SessionLimit | None:
    """All its sockets together, if each has a maxconn: the rest waits in the kernel."""
    found = [SessionLimit(each.maxconn, each.line) for each in binds(frontend) if each.maxconn]
    if not found or len(found) < len(list(binds(frontend))):
        return None
    return SessionLimit(sum(each.sessions for each in found), min(found).line)


def session_limit(haproxy: Haproxy, frontend: HaproxySection) -> SessionLimit | None:
    """The smallest of those that hold for it. None: no line sets one."""
    return min(_limits(haproxy, frontend), key=lambda each: each.sessions, default=None)


def _limits(haproxy: Haproxy, frontend: HaproxySection) -> Iterator[SessionLimit]:
    yield from filter(None, (bind_limit(frontend), frontend_limit(frontend), process_limit(haproxy)))
