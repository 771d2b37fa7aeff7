"""A check of keepalived that HAProxy itself answers with an error."""

from collections.abc import Iterator
from typing import Final

from harness.lint._answered import at_balancer, taken_by
from harness.lint._asks import Ask
from harness.lint._checks import Check, checks
from harness.lint._frontends import has_conditions, own_addresses
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched
from harness.site.haproxy_answer import denied, is_refused, needs_password
from harness.site.haproxy_bind import HaproxyBind, ip
from harness.site.haproxy_condition import HaproxyRequest
from harness.site.haproxy_section import HaproxySection

_OF_ITS_OWN: Final = ("switch-mode", "use-service", "filter", "dispatch")
"""By which a frontend in mode tcp answers, or hands on."""


@rule(
    "error",
    outage="The check fails while HAProxy lives: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_gets_error(pair: Pair) -> Iterator[Found]:
    """A path that is neither `monitor-uri` nor `stats uri`, at a frontend without servers: HAProxy answers 503, and
    `curl -f` fails. Likewise any page of a frontend in `mode tcp`, the page of statistics without the password of
    `stats auth`, plain HTTP to a bind with `ssl`, HTTPS to one without in `mode http`, and a page that an ACL keeps for
    other addresses: what a node asks of its own address comes from that one, and not from 127.0.0.1. Judged are checks
    that fail at an error (curl -f, wget) and whose every question is refused so. A warning where another check of the
    instance asks for HAProxy."""
    yield from once(found for router in pair.routers for member in router.members for found in _failing(pair, member))


def _failing(pair: Pair, member: Member) -> Iterator[Found]:
    refused = {each.name: (each, why) for each in checks(member) if (why := _refusal(pair, member.node, each))}
    for check, why in refused.values():
        yield Found(
            check.place,
            f"The check {check.name} of {member.node.name} {why}: it fails while HAProxy lives.",
            "`monitor-uri /alive` in a frontend of its own, bind 127.0.0.1:8404, and the check asks that",
            "warning" if is_watched(member, *refused) else None,
        )


def _refusal(pair: Pair, node: PairNode, check: Check) -> str:
    """Of its first question; "" if HAProxy may answer any of them well."""
    every = [_why(pair, node, each) for each in check.asks]
    return every[0] if every and all(every) else ""


def _why(pair: Pair, node: PairNode, ask: Ask) -> str:
    taken = taken_by(node, ask) if at_balancer(pair, node, ask) and ask.host else None
    if taken is None or ask.kind not in ("http", "https"):
        return ""
    if not taken[0].http:
        return _by_mode(node, ask, taken[0])
    return _by_tls(ask, *taken) or _by_rule(node, ask, *taken) or _by_password(ask, *taken) or _by_path(ask, *taken)


def _by_mode(node: PairNode, ask: Ask, frontend: HaproxySection) -> str:
    """In mode tcp it has no page of its own: it hands the connection to a server, or closes it."""
    passes = frontend.last("default_backend") or any(frontend.all("use_backend")) or node.haproxy.servers(frontend)
    answers = {word for line in (*frontend.inherited, *frontend.lines) for word in line.words} & {*_OF_ITS_OWN}
    mode = frontend.last("mode")
    if passes or answers or ask.reads or (mode and "$" in mode.word(1)):
        return ""
    where = f"{frontend.kind} {frontend.name}"
    return f"asks {ask.path or 'a page'} of {where}, which is in mode tcp and has no server: it closes the connection"


def _by_tls(ask: Ask, frontend: HaproxySection, bind: HaproxyBind) -> str:
    if bind.ssl == (ask.kind == "https"):
        return ""
    speaks = (
        "plain HTTP to port {}, where {} expects TLS" if bind.ssl else "TLS to port {}, where {} expects plain HTTP"
    )
    return "speaks " + speaks.format(ask.port, f"{frontend.kind} {frontend.name}")


def _by_rule(node: PairNode, ask: Ask, frontend: HaproxySection, bind: HaproxyBind) -> str:
    source = _source(node, ask.host)
    line = denied(frontend, HaproxyRequest(ask.path, bind.ssl, source), strict=ask.strict and not ask.reads)
    if line is None or has_conditions(node, line):
        return ""
    comes = f" from {source}" if source else ""
    asked = f"{ask.path or 'a page'} of {frontend.kind} {frontend.name}"
    return f"asks {asked}{comes}, which refuses it by `{' '.join(line.words)}`"


def _by_password(ask: Ask, frontend: HaproxySection, bind: HaproxyBind) -> str:
    asks = ask.strict and not ask.reads and not ask.credentials
    if not asks or not needs_password(frontend, HaproxyRequest(ask.path, bind.ssl)):
        return ""
    return f"asks {ask.path} of {frontend.kind} {frontend.name} without the password of `stats auth`, and gets 401"


def _source(node: PairNode, host: str) -> str:
    """From which a node asks itself: of its own address, that address. Of a VIP it depends on who has it."""
    asked = ip("127.0.0.1" if host == "localhost" else host)
    here = asked is not None and (asked.is_loopback or str(asked) in own_addresses(node))
    return str(asked) if here else ""


def _by_path(ask: Ask, frontend: HaproxySection, bind: HaproxyBind) -> str:
    if not ask.strict or ask.reads or ask.path is None or not is_refused(frontend, HaproxyRequest(ask.path, bind.ssl)):
        return ""
    return f"asks {ask.path} of {frontend.kind} {frontend.name}, which has no server for it and answers 503"
