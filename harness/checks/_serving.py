"""Can a node serve whoever reaches it? HAProxy runs and answers, frontends listen, backends have servers."""

from collections.abc import Iterator

from harness.history import History
from harness.history.timeline import FOREVER, Interval, Timeline, gaps, union
from harness.model.events import HaproxySample, ServiceChanged

ALWAYS = Interval(0, FOREVER)


def unable(history: History, node: str) -> list[Interval] | None:
    """When `node` could not serve; None if nothing is known of its HAProxy."""
    parts: Timeline[str, bool] = Timeline()
    for t, part, works in _reports(history, node):
        parts.set(part, t, works)
    known = list(parts.known())
    return union([lame for part in known for lame in parts.intervals(part, False)]) if known else None


def able(history: History, node: str) -> list[Interval]:
    """When it could, or nothing says otherwise."""
    return gaps(unable(history, node) or [], ALWAYS)


def _reports(history: History, node: str) -> Iterator[tuple[int, str, bool]]:
    """(t, part, works). A full frontend still serves: others wait."""
    for change in history.of(ServiceChanged):
        if (change.node, change.service) == (node, "haproxy"):
            yield change.t, "process", change.state == "up"
    for sample in history.of(HaproxySample):
        if sample.node != node:
            continue
        yield sample.t, "answers", bool(sample.proxy)
        if sample.proxy.endswith("/FRONTEND"):
            yield sample.t, sample.proxy, sample.status in {"OPEN", "FULL"}
        elif sample.proxy.endswith("/BACKEND"):
            yield sample.t, sample.proxy, sample.status.startswith("UP")
