"""Asks a live lab whether a stop condition is met."""

from harness.lab.live import LiveLab, Status
from harness.model.stop_condition import StopCondition, StopWatch


class StopCheck:
    """`met` is to be asked several times a second."""

    def __init__(self, condition: StopCondition, live: LiveLab) -> None:
        self._condition = condition
        self._live = live
        self._watch = StopWatch(condition)

    def met(self) -> bool:
        now = self._live.status()
        return self._watch.met(now.t_ns, value(self._condition, now))


def value(condition: StopCondition, now: Status) -> float | None:
    """What the condition is about, at this time; None: unknown."""
    if condition.subject == "owners":
        return float(len(_owners(condition, now)))
    shares = [now.success.get(condition.name)] if condition.name else list(now.success.values())
    known = [share for share in shares if share is not None]
    return min(known) if known and len(known) == len(shares) else None


def _owners(condition: StopCondition, now: Status) -> tuple[str, ...]:
    """Of the first VIP of the router that is named, or that the first vantage point asks for."""
    name = condition.name or next(iter(now.asks.values()))
    found = {vip: owners for vip, owners in now.owners.items() if vip.split()[0] == name.split()[0]}
    return next(iter(found.values()))
