"""A frontend whose customers get 503, since no server is behind it."""

from collections.abc import Iterator
from typing import Final

from harness.lint._finding import Severity
from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import HaproxyServer, servers
from harness.site.server_settings import settings

_ANSWERS: Final = (
    "redirect",
    "errorfile",
    "http-error",
    "errorfiles",
    "dispatch",
    "use-fcgi-app",
    "stats",
    "monitor-uri",
)
_FINAL: Final = ("return", "redirect", "use-service", "deny", "tarpit", "reject", "silent-drop", "lua", "content")
_STATE: Final = ("load-server-state-from-file", "server-state-file")


@rule("error", outage="Every customer gets 503.", experiment="none: it shows at the start")
def no_server_in_service(pair: Pair) -> Iterator[Found]:
    """A backend whose servers are all commented out, `disabled`, or of weight 0, as after a maintenance: HAProxy starts
    and answers 503 (configuration manual, 5.2 "disabled" and "weight"). A backend that answers by itself (return,
    redirect, deny, an error file) needs none. Where use_backend leads elsewhere, an empty default_backend may be meant
    so: that is no finding; servers that are all out of service are a warning there, and where a file of states, an
    agent or DNS may put them into service."""
    yield from once(found for node in pair.nodes for found in _out(node))


def _out(node: PairNode) -> Iterator[Found]:
    for frontend in node.haproxy.frontends:
        backend = _default(node, frontend)
        if backend and not _answers(backend) and not _answers(frontend):
            chosen = any(frontend.all("use_backend"))
            every = list(servers(backend))
            if every and all(_is_out(each) for each in every):
                yield _found(node, backend, every, "warning" if chosen or _may_return(node, backend, every) else None)
            elif backend.disabled or not every:
                yield from () if chosen else [_empty(node, frontend, backend)]


def _default(node: PairNode, frontend: HaproxySection) -> HaproxySection | None:
    line = frontend.last("default_backend")
    if line:
        return node.haproxy.backend(line.word(1))
    return frontend if any(servers(frontend)) else None


def _answers(proxy: HaproxySection) -> bool:
    """Does it answer by itself, at least to some?"""
    lines = (*proxy.inherited, *proxy.lines) if proxy.kind != "frontend" else proxy.lines
    own = (line for line in lines if line.word(0) in ("http-request", "tcp-request", "http-response"))
    return any(line.word(0) in _ANSWERS for line in proxy.lines) or any(
        not line.after("if") and not line.after("unless") and line.word(1) in _FINAL for line in own
    )


def _is_out(server: HaproxyServer) -> bool:
    said = settings(server.settings)
    return "disabled" in said or said.get("weight") == "0"


def _may_return(node: PairNode, backend: HaproxySection, every: list[HaproxyServer]) -> bool:
    states = any(backend.last(each) for each in _STATE) or any(
        line.word(0) in _STATE
        for section in node.haproxy.sections
        if section.kind == "global"
        for line in section.lines
    )
    return bool(states) or any("agent-check" in each.settings or "resolvers" in each.settings for each in every)


def _found(node: PairNode, backend: HaproxySection, every: list[HaproxyServer], severity: Severity | None) -> Found:
    return Found(
        place(node, every[0].line),
        f"No server of backend {backend.name} is in service after a start of HAProxy: each is disabled or has weight "
        "0. HAProxy answers 503.",
        "the servers without disabled and weight 0",
        severity,
    )


def _empty(node: PairNode, frontend: HaproxySection, backend: HaproxySection) -> Found:
    what = "is disabled" if backend.disabled else "has no server"
    return Found(
        place(node, backend.head),
        f"Backend {backend.name}, to which {frontend.kind} {frontend.name} passes everything, {what}: HAProxy answers "
        "503.",
        f"server NAME ADDRESS:PORT check in backend {backend.name}",
    )
