"""Fewer open files than HAProxy's limit of sessions needs."""

from collections.abc import Iterator

from harness.lint._frontends import place
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_limit import SessionLimit, process_limit

_OF_A_SESSION = 2


@rule(
    "warning",
    outage="HAProxy does not start after the next reboot or upgrade: 'Cannot raise FD limit'.",
    experiment="none: it shows at the start",
)
def open_files_below_limit(pair: Pair) -> Iterator[Found]:
    """A session needs two open files, one to the customer and one to the server; listeners, checks and threads need a
    few more (HAProxy's management guide, 5, and compute_ideal_maxconn() in src/haproxy.c). Compared are maxconn of
    global and needs_nofile of pair.toml: what the service may open at the site; and ulimit-n of global."""
    for node in pair.nodes:
        whole = process_limit(node.haproxy)
        yield from _set_too_low(node, whole)
        if whole and 0 < pair.site.needs_nofile < whole.sessions * _OF_A_SESSION:
            yield Found(
                place(node, whole.line),
                f"maxconn {whole.sessions} needs more than {whole.sessions * _OF_A_SESSION} open files, and "
                f"needs_nofile of pair.toml says {pair.site.needs_nofile}.",
                f"LimitNOFILE={whole.sessions * _OF_A_SESSION + 100} for the service, and needs_nofile likewise",
            )


def _set_too_low(node: PairNode, whole: SessionLimit | None) -> Iterator[Found]:
    lines = [line for each in node.haproxy.sections if each.kind == "global" for line in each.all("ulimit-n")]
    said = lines[-1].figure("ulimit-n") if lines else None
    if whole and said and said < whole.sessions * _OF_A_SESSION:
        yield Found(
            place(node, lines[-1]),
            f"ulimit-n {said} lets HAProxy open {said} files, and maxconn {whole.sessions} needs more than "
            f"{whole.sessions * _OF_A_SESSION}: sessions fail before the limit.",
            "no ulimit-n: HAProxy sets what maxconn needs",
        )
