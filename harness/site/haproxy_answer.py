"""Who answers a request to a frontend: HAProxy itself, or the servers behind it. HAProxy's configuration manual, 4."""

import re
from collections.abc import Generator, Iterator
from typing import Final, Literal

from harness.site.haproxy import Haproxy
from harness.site.haproxy_condition import HaproxyRequest, Known, holds, samples
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import servers
from harness.site.haproxy_text import HaproxyLine

Answer = Literal["balancer", "servers", "unknown"]
"""`unknown`: it depends on what is not known here, or on a server on the balancer itself."""

_ENDS: Final = ("return", "redirect", "use-service")  # not deny and its like: a check that works is not denied
_GOES_ON: Final = ("allow", "accept", "auth")
_REFUSES: Final = ("deny", "tarpit", "reject", "silent-drop")
_OF_SERVERS = re.compile(r"\b(nbsrv|srv_is_up|srv_|be_conn_free|avg_queue|connslots)")
_READY: Final = "<html><body><h1>200 OK</h1>\nService ready.\n</body></html>"
_STATISTICS: Final = "/haproxy?stats"


def answer(haproxy: Haproxy, frontend: HaproxySection, request: HaproxyRequest) -> Answer:
    """In ``mode tcp`` bytes are passed on, whatever they ask."""
    found = set(_answers(haproxy, frontend, request))
    return found.pop() if len(found) == 1 else "unknown"


def is_refused(frontend: HaproxySection, request: HaproxyRequest) -> bool:
    """Is it sure that HAProxy answers 503, since neither it nor a server has an answer for the path?"""
    passed = frontend.last("default_backend") or any(frontend.all("use_backend")) or any(servers(frontend))
    monitored = frontend.last("monitor-uri")
    if passed or (monitored and request.path == monitored.word(1)) or _has_own_page(frontend):
        return False
    return not set(_itself(frontend, request))


def denied(frontend: HaproxySection, request: HaproxyRequest, *, strict: bool) -> HaproxyLine | None:
    """The line by which it is sure to refuse the request; None if it may answer. `strict`: also by a status alone."""
    lines = (*frontend.inherited, *frontend.lines)
    closed = _first(frontend, [line for line in lines if line.word(0) == "tcp-request"], request)
    monitored = frontend.last("monitor-uri")
    if closed or not strict or not frontend.http or (monitored and request.path == monitored.word(1)):
        return closed
    return _first(frontend, [line for line in lines if line.word(0) == "http-request"], request)


def needs_password(frontend: HaproxySection, request: HaproxyRequest) -> bool:
    """Is it surely the page of statistics, which answers 401 without a password? Other rules come before it."""
    monitored = frontend.last("monitor-uri")
    if not frontend.http or (monitored and monitored.word(1) == request.path) or _may_end(frontend, request):
        return False
    return bool(_of_statistics(frontend).last("stats", "auth") and _statistics(frontend, request.path))


def page(frontend: HaproxySection, request: HaproxyRequest) -> str | None:
    """The text of HAProxy's own answer; None if it is not known, or if servers answer."""
    monitored = frontend.last("monitor-uri")
    if monitored and request.path == monitored.word(1):
        return None if any(frontend.all("monitor", "fail")) or _has_page_200(frontend) else _READY
    for line in (*frontend.inherited, *frontend.lines):
        if line.word(0) == "http-request" and line.word(1) in (*_ENDS, *_REFUSES):
            decided = holds(frontend, line, request)
            if decided is not False:
                text = line.after("string") or line.after("lf-string")
                return text if decided and line.word(1) == "return" and text and "%" not in text else None
    return None


def _first(frontend: HaproxySection, lines: list[HaproxyLine], request: HaproxyRequest) -> HaproxyLine | None:
    """The first of these rules that ends the matter, if it surely refuses."""
    for line in lines:
        does = set(line.words[1:3])
        decided = holds(frontend, line, request)
        if decided is not False and does & {*_ENDS, *_GOES_ON}:
            return None
        if decided is not False and does & {*_REFUSES}:
            status = line.after("deny_status") or line.after("status")
            return line if decided and not status.startswith(("2", "3")) else None
    return None


def _has_own_page(frontend: HaproxySection) -> bool:
    """An error file may have any status, and a filter or a program any answer."""
    words = ("errorfile", "errorfiles", "http-error", "filter", "use-fcgi-app", "dispatch")
    return any(frontend.last(each) for each in words)


def _has_page_200(frontend: HaproxySection) -> bool:
    """One that the file gives for the monitor's answer, or may give."""
    for line in (*frontend.inherited, *frontend.lines):
        if line.words[:2] in (("errorfile", "200"), ("http-error", "status")) and "200" in line.words[1:3]:
            return True
        if line.word(0) == "errorfiles" or (line.word(0).startswith("errorloc") and line.word(1) == "200"):
            return True
    return False


def _may_end(frontend: HaproxySection, request: HaproxyRequest) -> bool:
    """May a rule answer the request, or refuse it with a status that is no error?"""
    lines = [line for line in (*frontend.inherited, *frontend.lines) if line.word(0) in ("http-request", "redirect")]
    possible = [line for line in lines if holds(frontend, line, request) is not False]
    ends = (line for line in possible if line.word(0) == "redirect" or line.word(1) in _ENDS)
    kind = (line for line in possible if (line.after("deny_status") or line.after("status")).startswith(("2", "3")))
    return any(ends) or any(kind)


def _answers(haproxy: Haproxy, frontend: HaproxySection, request: HaproxyRequest) -> Iterator[Answer]:
    """Each that is possible, as far as the path decides."""
    if frontend.http and (monitor := frontend.last("monitor-uri")) and request.path in (None, monitor.word(1)):
        yield _monitored(frontend)
        if request.path is not None:
            return
    if frontend.http and (yield from _itself(frontend, request)):
        return
    for line in frontend.all("use_backend"):
        decided = holds(frontend, line, request)
        if decided is not False:
            yield _passed(haproxy.backend(line.word(1)), request) if "%" not in line.word(1) else "unknown"
        if decided:
            return
    default = frontend.last("default_backend")
    yield _passed(haproxy.backend(default.word(1)) if default else frontend, request)


def _monitored(frontend: HaproxySection) -> Answer:
    """``monitor fail`` may look at the servers: then the monitor's answer is theirs."""
    fails = [samples(frontend, line) for line in frontend.all("monitor", "fail")]
    return "servers" if any(_OF_SERVERS.search(each) for each in fails) else "balancer"


def _itself(proxy: HaproxySection, request: HaproxyRequest) -> Generator[Answer, None, bool]:
    """Its own answers. Returns True if no request goes further (a generator's value)."""
    for line in (*proxy.inherited, *proxy.lines):
        if line.word(0) == "redirect" or (line.word(0) == "http-request" and line.word(1) in _ENDS):
            decided = holds(proxy, line, request)
            if decided is not False:
                yield "balancer"
            if decided:
                return True
    shown = _statistics(proxy, request.path)
    if shown is not False:
        yield "balancer"
    return bool(shown)


def _statistics(proxy: HaproxySection, path: str | None) -> Known:
    """Is it the page of statistics, at ``stats uri`` or below? None: `path` is not known."""
    stats = _of_statistics(proxy)
    if not stats.last("stats"):
        return False
    uri = stats.last("stats", "uri")
    return None if path is None else path.startswith(uri.word(2) if uri else _STATISTICS)


def _of_statistics(proxy: HaproxySection) -> HaproxySection:
    """The first `stats` line of its own drops all that the proxy's defaults say of them: parse of "stats" in
    src/cfgparse-listen.c."""
    return proxy._replace(inherited=()) if any(proxy.all("stats")) else proxy


def _passed(backend: HaproxySection | None, request: HaproxyRequest) -> Answer:
    """A backend without servers answers 503 itself, or what its ``errorfile`` says."""
    if backend is None:
        return "balancer"
    found = list(servers(backend))
    if any(server.local for server in found) or (backend.http and set(_itself(backend, request))):
        return "unknown"
    return "servers" if found else "balancer"
