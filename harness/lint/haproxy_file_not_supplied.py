"""A file or a name that haproxy.cfg needs and that was not handed over."""

from collections.abc import Iterator

from harness.lint._alerts import Alert, alerts
from harness.lint._frontends import has_cfg
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.site import KEEPALIVED


@rule(
    "error",
    outage="Not known: HAProxy does not start without it, and the site's nodes may have it.",
    experiment="none: the file must come from the site",
    undecided=True,
)
def haproxy_file_not_supplied(pair: Pair) -> Iterator[Found]:
    """Certificates, error pages, lists, maps, Lua programs and names of servers are looked up when HAProxy starts, and
    it ends if one is missing. Source: the alerts of `haproxy -c` (HAProxy 3.0). Told as well: a node without a
    haproxy.cfg, if another one brought it."""
    bare = [node for node in pair.nodes if not has_cfg(node)]
    if len(bare) < len(pair.nodes):
        yield from map(_without, bare)
    for node in pair.nodes:
        for alert in alerts(node):
            if alert.cause == "not supplied":
                yield _found(node, alert)


def _without(node: PairNode) -> Found:
    return Found(
        node.at_path(KEEPALIVED),
        f"{node.name} has no haproxy.cfg, and another node has one: what {node.name} serves is not known.",
        f"haproxy.cfg in nodes.{node.name} of pair.toml",
    )


def _found(node: PairNode, alert: Alert) -> Found:
    file = alert.what.startswith("/")
    return Found(
        node.at_path(alert.problem.path, alert.problem.line),
        f"HAProxy needs {alert.what}, which was not handed over: {alert.problem.said}",
        f'the file in the folder, and [paths] "FILE" = "{alert.what}"; a certificate: certificates = ["{alert.what}"]'
        if file
        else f'[hosts] "{alert.what}" = "ADDRESS" in pair.toml',
    )
