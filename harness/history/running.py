"""What each node's keepalived goes by at an instant, by its own word."""

from collections.abc import Iterable

from harness.model.events import ServiceChanged, VrrpConfigured
from harness.model.running_keepalived import RunningKeepalived


def running_at(
    t: int, told: Iterable[VrrpConfigured], services: Iterable[ServiceChanged]
) -> dict[str, RunningKeepalived]:
    """Node → its word. Left out: a node whose present process, or whose last one, has not told by then.

    Both in order of time. After a reload it tells a second later, and until then what it told before stands.
    """
    pids = {each.node: each.pid for each in services if each.service == "keepalived" and each.pid and each.t <= t}
    newest = {each.node: each for each in told if each.t <= t}
    return {node: each.running for node, each in newest.items() if pids.get(node, each.pid) == each.pid}
