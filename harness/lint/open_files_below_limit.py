"""Fewer open files than HAProxy's limit of sessions needs."""

from collections.abc import Iterator

from harness.lint._frontends import place
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.site.haproxy_limit import process_limit

_OF_A_SESSION = 2


@rule(
    "warning",
    outage="HAProxy does not start after the next reboot or upgrade: 'Cannot raise FD limit'.",
    experiment="none: it shows at the start",
)
def open_files_below_limit(pair: Pair) -> Iterator[Found]:
    """A session needs two open files, one to the customer and one to the server; listeners, checks and threads need a
    few more (HAProxy's management guide, 5, and compute_ideal_maxconn() in src/haproxy.c). Compared are maxconn of
    global and needs_nofile of pair.toml: what the service may open at the site."""
    for node in pair.nodes:
        whole = process_limit(node.haproxy)
        if whole and 0 < pair.site.needs_nofile < whole.sessions * _OF_A_SESSION:
            yield Found(
                place(node, whole.line),
                f"maxconn {whole.sessions} needs more than {whole.sessions * _OF_A_SESSION} open files, and "
                f"needs_nofile of pair.toml says {pair.site.needs_nofile}.",
                f"LimitNOFILE={whole.sessions * _OF_A_SESSION + 100} for the service, and needs_nofile likewise",
            )
