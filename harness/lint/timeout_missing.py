"""A proxy that waits for ever."""

from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import customers, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_server import servers

_CLIENT: Final = ("client",)
_SERVER: Final = ("connect", "server")


@rule(
    "warning",
    outage="Sessions of customers and servers that vanished are never ended, until maxconn is reached.",
    experiment="session_flood: --mode idle",
)
def timeout_missing(pair: Pair) -> Iterator[Found]:
    """Without `timeout client` and `timeout server` a session whose other side is gone stays for ever: machines that
    are switched off, and routers that forget a connection, send no end. HAProxy says so at its start and goes on
    (configuration manual, 4.2 "timeout client"). `timeout tunnel` stands for the server's in `mode tcp`."""
    yield from once(_found(node, proxy, lacking) for node in pair.nodes for proxy, lacking in _endless(node))


def _endless(node: PairNode) -> Iterator[tuple[HaproxySection, list[str]]]:
    frontends = list(customers(node))
    backends = dict.fromkeys(backend for each in frontends for backend in node.haproxy.backends(each))
    for proxy in dict.fromkeys((*frontends, *backends)):
        wanted = (*(_CLIENT if proxy in frontends else ()), *(_SERVER if any(servers(proxy)) else ()))
        if lacking := [each for each in wanted if not _has(proxy, each)]:
            yield proxy, lacking


def _has(proxy: HaproxySection, timeout: str) -> bool:
    instead = timeout == "server" and not proxy.http and proxy.last("timeout", "tunnel")
    return bool(proxy.last("timeout", timeout) or instead)


def _found(node: PairNode, proxy: HaproxySection, lacking: list[str]) -> Found:
    return Found(
        place(node, proxy.head),
        f"{proxy.kind} {proxy.name} has no timeout {' and no timeout '.join(lacking)}: what vanished without an end "
        "keeps its sessions.",
        "; ".join(f"timeout {each} {'5s' if each == 'connect' else '30s'}" for each in lacking) + " in defaults",
    )
