"""A limit of sessions that is below the site's stated load."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from harness.lint._frontends import customers, place
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import binds
from harness.site.haproxy_limit import SessionLimit, process_limit, session_limit
from harness.site.haproxy_section import HaproxySection


class _Limited(NamedTuple):
    node: PairNode
    frontend: HaproxySection
    limit: SessionLimit | None

    def takes(self, sessions: int) -> bool:
        return self.limit is None or self.limit.sessions >= sessions


@rule(
    "error",
    outage="At the peak new customers wait unseen in the kernel's backlog, and no queue of HAProxy's shows them.",
    experiment="session_flood",
)
def session_limit_below_load(pair: Pair) -> Iterator[Found]:
    """HAProxy stops accepting at the smallest of three limits: maxconn of all sockets of a frontend (bind), of the
    frontend, which it takes from its defaults section and never from global, and of the process (global). What comes
    then is completed by the kernel and waits in its backlog (HAProxy's configuration manual, 4.2 "maxconn"). The load
    is load.open_sessions of pair.toml. Judged are the frontends and sockets that `probe` asks, else all that pass to
    servers; a small one beside one that carries the load is a warning."""
    load = pair.site.load.open_sessions
    for node in pair.nodes if load else ():
        limited = [
            _Limited(node, each, session_limit(node.haproxy, each, _ports(pair))) for each in _judged(pair, node)
        ]
        carried = any(each.takes(load) for each in limited)
        for each in limited:
            if each.limit and not each.takes(load):
                yield _found(each, each.limit, load, carried=carried)


def _found(limited: _Limited, limit: SessionLimit, load: int, *, carried: bool) -> Found:
    whole = process_limit(limited.node.haproxy)
    what = "HAProxy as a whole" if whole == limit else f"{limited.frontend.kind} {limited.frontend.name}"
    return Found(
        place(limited.node, limit.line),
        f"{what} takes {limit.sessions} sessions at once, and the stated load is {load}: the rest waits in the kernel.",
        f"maxconn {load + load // 4}",
        "warning" if carried else None,
    )


def _judged(pair: Pair, node: PairNode) -> list[HaproxySection]:
    every = list(customers(node))
    asked = [each for each in every if any(bind.address.has(port) for bind in binds(each) for port in _ports(pair))]
    return asked or every


def _ports(pair: Pair) -> set[int]:
    return {port for url in pair.site.probe if (port := _port(url))}


def _port(url: str) -> int:
    """0 for what is no URL."""
    try:
        parts = urlsplit(url)
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return 0
