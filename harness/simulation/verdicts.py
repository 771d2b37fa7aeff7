"""When check scripts ran in a recording: one verdict of a node shows it, modulo the interval. The rest is foretold.

No event tells of a script's run. Its phase is an initial condition, as the phase of the adverts is. Times in ns.
"""

from collections.abc import Iterator
from typing import Final

from harness.history.history import History
from harness.history.timeline import Interval
from harness.model.events import AddressChanged, AdvertSeen, OpApplied, VrrpState
from harness.model.ops import ServiceDown, ServiceKilled, Signal
from harness.model.units import ms
from harness.simulation.watchers import RUNS, Watchers

HAPROXY: Final = "haproxy"
TO_KERNEL: Final = 3 * ms  # a verdict → its first frame, or an address that is gone


def fit(history: History, trial: Interval, watchers: Watchers) -> None:
    """The scripts of each node whose HAProxy an op breaks ran when the first verdict of that node says so."""
    for event in history.of(OpApplied, trial):
        op = event.op
        if isinstance(op, ServiceDown | ServiceKilled | Signal) and op.service == HAPROXY:
            first = next(_verdicts(history, op.node, Interval(event.t + 1, trial.end)), None)
            for script in watchers.scripts.values() if first is not None else ():
                if script.node == op.node and first is not None:
                    hangs = isinstance(op, Signal) and script.watch.follows == "answer"
                    script.origin = first - trial.begin - TO_KERNEL - (script.watch.waits_ns if hangs else RUNS)


def _verdicts(history: History, node: str, within: Interval) -> Iterator[int]:
    """What shows that a node's priority or state is another: FAULT, an address that it lost, what its adverts say."""
    shown = [event.t for event in history.of(AddressChanged, within) if event.node == node and not event.present]
    shown += [event.t for event in history.of(VrrpState, within) if event.node == node and event.state == "FAULT"]
    before: dict[tuple[str, int], int] = {}
    for advert in history.of(AdvertSeen, within):
        if advert.port.startswith(f"{node}.") and advert.inward:
            key = (advert.port, advert.vrid)
            if before.setdefault(key, advert.priority) != advert.priority:
                shown.append(advert.t)
                break
    yield from sorted(shown)
