"""Can a node serve whoever reaches it? HAProxy runs and answers, frontends listen, backends have servers."""

from collections.abc import Iterator
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from harness.history import History
from harness.history.timeline import FOREVER, Interval, Timeline, gaps, overlaps, union
from harness.model.events import HaproxySample, ServiceChanged
from harness.recovery.crowd import RECENT_NS
from harness.recovery.sessions import BACKEND, FRONTEND

ALWAYS: Final = Interval(0, FOREVER)
DEAD: Final = {"silent", "refused"}
"""What a sample without an answer says of HAProxy. ``unknown`` says nothing: its socket could not be asked."""


def unable(history: History, node: str) -> list[Interval]:
    """When `node` could not serve, as far as its process and its samples tell."""
    samples = [interval for interval, works in _samples(history, node) if works is False]
    return union([*_not_running(history, node), *samples])


def able(history: History, node: str) -> list[Interval]:
    """When it could, as its samples tell. In between nothing is known."""
    samples = [interval for interval, works in _samples(history, node) if works]
    return overlaps(union(samples), gaps(_not_running(history, node), ALWAYS))


def _not_running(history: History, node: str) -> list[Interval]:
    """HAProxy's process is down or stopped. A state, not a sample: it lasts until the next."""
    runs: Timeline[str, bool] = Timeline()
    for change in history.of(ServiceChanged):
        if (change.node, change.service) == (node, "haproxy"):
            runs.set(node, change.t, change.state == "up")
    return runs.intervals(node, False)


def _samples(history: History, node: str) -> Iterator[tuple[Interval, bool | None]]:
    """Each sample with the time for which it counts: until the next one, and no longer than a sample is recent."""
    own = [sample for sample in history.of(HaproxySample) if sample.node == node]
    told = [(t, _works(list(proxies))) for t, proxies in groupby(own, attrgetter("t"))]
    for (t, works), (following, _) in pairwise([*told, (FOREVER, None)]):
        yield Interval(t, min(following, t + RECENT_NS)), works


def _works(proxies: list[HaproxySample]) -> bool | None:
    """None: it could not be asked."""
    if not proxies[0].proxy:
        return False if proxies[0].status in DEAD else None
    return all(_serves(proxy) for proxy in proxies)


def _serves(proxy: HaproxySample) -> bool:
    """A full frontend still serves: others wait."""
    if proxy.proxy.endswith(FRONTEND):
        return proxy.status in {"OPEN", "FULL"}
    return not proxy.proxy.endswith(BACKEND) or proxy.status.startswith("UP")
