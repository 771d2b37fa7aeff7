"""The settings of each node's keepalived at an instant, as it reported them itself."""

from collections.abc import Iterable

from harness.model.events import ServiceChanged, VrrpConfigured
from harness.model.running_keepalived import RunningKeepalived


def running_at(
    t: int, told: Iterable[VrrpConfigured], services: Iterable[ServiceChanged]
) -> dict[str, RunningKeepalived]:
    """Node → its settings, without nodes whose present (or last) process has not reported them by `t`.

    Both in order of time. After a reload keepalived reports a second later; until then the earlier report counts.
    """
    pids = {each.node: each.pid for each in services if each.service == "keepalived" and each.pid and each.t <= t}
    newest = {each.node: each for each in told if each.t <= t}
    return {node: each.running for node, each in newest.items() if pids.get(node, each.pid) == each.pid}
