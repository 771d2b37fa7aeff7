"""HAProxy asks the same servers for something else on another node."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, Router
from harness.lint._rule import Found, rule
from harness.lint._served import Offer, backends_twice, offered_twice
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import health_path, servers
from harness.site.haproxy_text import HaproxyLine

_KINDS: Final = (
    "httpchk", "tcp-check", "mysql-check", "pgsql-check", "redis-check", "smtpchk", "ldap-check", "ssl-hello-chk",
    "spop-check", "external-check",
)  # fmt: skip
_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT")


class _Question(NamedTuple):
    """`said`: for people; `line`: where it stands."""

    said: str
    line: HaproxyLine


@rule(
    "warning", outage="After a takeover HAProxy takes every server for dead: customers get 503.", experiment="power_cut"
)
def health_checks_differ(pair: Pair) -> Iterator[Found]:
    """The servers changed the page that tells their health, and one haproxy.cfg alone followed. The standby's HAProxy
    then has no server, and no customer sees it before a takeover. Compared are the kind of check, method and path, and
    the expected answers, of backends behind the same port of a VIP whose servers are checked. Source: HAProxy's
    configuration manual, 4.2 "option httpchk" and "http-check expect"."""
    yield from once(found for router in pair.routers for found in _differences(router))


def _differences(router: Router) -> Iterator[Found]:
    for one, other, _, _ in offered_twice(router):
        for here, there in backends_twice(one, other):
            ours, theirs = _question(here), _question(there)
            if ours.said != theirs.said and _checked(here) and _checked(there):
                yield _found(one, other, there, ours, theirs)


def _checked(backend: HaproxySection) -> bool:
    return any(server.check for server in servers(backend))


def _found(one: Offer, other: Offer, backend: HaproxySection, ours: _Question, theirs: _Question) -> Found:
    return Found(
        place(other.node, theirs.line),
        f"HAProxy asks the servers of {backend.name} for {ours.said} on {one.node.name}, and for {theirs.said} on "
        f"{other.node.name}: a server that is well for one may be dead for the other.",
        "the same health check on all nodes",
    )


def _question(backend: HaproxySection) -> _Question:
    options = [line for kind in _KINDS if (line := backend.option(kind))]
    if not options:
        return _Question("a connection", backend.head)
    every = (*backend.inherited, *backend.lines)
    last = max(options, key=every.index)
    expected = _rules(backend)
    said = [_asked(backend, last), *(" ".join(line.words[1:]) for line in expected)]
    return _Question(" and ".join(said), expected[-1] if expected else last)


def _asked(backend: HaproxySection, line: HaproxyLine) -> str:
    """``OPTIONS /`` is HAProxy's default."""
    if line.word(1) != "httpchk":
        return line.word(1)
    sent = backend.last("http-check", "send")
    method = (sent.after("meth") if sent else "") or (line.word(2) if line.word(2) in _METHODS else "OPTIONS")
    return f"{method} {health_path(backend)}"


def _rules(backend: HaproxySection) -> list[HaproxyLine]:
    """``expect`` lines; its own replace those of defaults."""
    for lines in (backend.lines, backend.inherited):
        if found := [each for each in lines if each.words[:2] in (("http-check", "expect"), ("tcp-check", "expect"))]:
            return found
    return []
