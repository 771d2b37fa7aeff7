"""Cuts one trial out of a run: a small recording for tests/data, which tests judge.

    python scripts/cut_history.py RUN TRIAL NAME
    python scripts/cut_history.py --again        after a check changed: judge every recording anew, and look at the diff

The recording has the trial's steps and 1.5 s before. Of earlier events it has only the present state at that time, each
with its own timestamp: addresses, caches, forwarding tables, states, the last sample of each sampler. The rest of the
run's folder is cut likewise, and long files are packed (.gz, which `harness.history.store` reads). The outcome is
judged anew; if the cut changes a single word of it, nothing is written.
"""

import gzip
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from harness.experiment.judge import rejudge
from harness.history import History, store
from harness.history.history import Requests
from harness.history.timeline import Interval
from harness.model.events import (
    AddressChanged,
    AdvertSeen,
    AnyEvent,
    ArpSeen,
    DatabaseSample,
    Event,
    FdbChanged,
    HaproxySample,
    InterfaceCounted,
    LinkChanged,
    ListenSample,
    Marked,
    NeighbourChanged,
    RouteChanged,
    ServiceChanged,
    Unwired,
    VrrpConfigured,
    VrrpDump,
    VrrpState,
    Wired,
    encode,
)
from harness.model.outcome import RunOutcome, TestOutcome, TrialOutcome
from harness.model.requests import Stream
from harness.model.units import ms
from harness.recovery import invalid_because

DATA: Final = Path(__file__).resolve().parents[1] / "tests" / "data"
BEFORE_NS: Final = 1_500 * ms  # a trial's steady state is judged by the second until just before its first effect
AFTER_NS: Final = 100 * ms
_TELLS_OF: Final[dict[type[Event], tuple[str, ...]]] = {
    AddressChanged: ("node", "ip"),
    NeighbourChanged: ("node", "ip"),
    FdbChanged: ("switch", "mac"),
    LinkChanged: ("node", "device"),
    RouteChanged: ("node", "to", "device"),
    ServiceChanged: ("node", "service"),
    HaproxySample: ("node", "proxy"),
    ListenSample: ("node", "port"),
    DatabaseSample: ("node",),
    InterfaceCounted: ("node",),
    VrrpState: ("node", "instance"),
    VrrpDump: ("node", "instance"),
    VrrpConfigured: ("node",),
    Wired: ("node",),
    Unwired: ("node",),
    ArpSeen: ("port", "inward", "sender_ip"),
    AdvertSeen: ("port", "inward", "vrid"),
    Marked: ("name",),
}
"""The fields by which two events of a kind are about the same thing."""


def main(run: Path, trial: int, name: str) -> int:
    history, target = store.load(run), DATA / name
    test, recorded = _recorded(store.read_outcome(run), trial)
    window = _window(history, trial)
    cut = History(history.topology, history.limits, tuple(_events(history.events, window)), _requests(history, window))
    outcome = _judged(cut, trial, recorded)
    if outcome != _judged(history, trial, recorded):
        print(f"The cut changes what the checks say of trial {trial}: {name} is not written.", file=sys.stderr)
        return 1
    _write(run, target, cut, RunOutcome(test.name, test.verdict, test.sentence, name, (_only(test, outcome),)))
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    print(f"{target}: {len(cut.events)} events, {len(cut.requests)} requests, {size / 1000:.0f} kB")
    return 0


def again() -> int:
    for file in sorted(DATA.glob("*/outcome.json")):
        run, history = file.parent, store.load(file.parent)
        outcome = store.read_outcome(run)
        ((test, recorded),) = [(test, trial) for test in outcome.tests for trial in test.trials]
        judged = _judged(history, history.steps[0][0], recorded)
        store.write_outcome(run, msgspec.structs.replace(outcome, tests=(_only(test, judged),)))
        print(f"{run.name}: {'as before' if judged == recorded else 'changed'}")
    return 0


def _recorded(run: RunOutcome, trial: int) -> tuple[TestOutcome, TrialOutcome]:
    """The `trial`-th trial of the run, which numbers them from 1 over all its tests."""
    return [(test, each) for test in run.tests for each in test.trials][trial - 1]


def _judged(history: History, trial: int, recorded: TrialOutcome) -> TrialOutcome:
    steps = tuple(rejudge(history, trial, step) for step in recorded.steps)
    reasons = [reason for step in recorded.steps for reason in invalid_because(history, history.step(trial, step.name))]
    return TrialOutcome(not reasons, tuple(reasons), steps, recorded.phase if reasons else "", recorded.failure)


def _only(test: TestOutcome, trial: TrialOutcome) -> TestOutcome:
    return msgspec.structs.replace(test, trials=(trial,))


def _window(history: History, trial: int) -> Interval:
    windows = [history.step(number, name).window for number, name in history.steps if number == trial]
    return Interval(windows[0].begin - BEFORE_NS, windows[-1].end + AFTER_NS)


def _events(events: Iterable[AnyEvent], window: Interval) -> Iterator[AnyEvent]:
    still_true: dict[tuple[object, ...], AnyEvent] = {}
    inside: list[AnyEvent] = []
    for event in events:
        if event.t >= window.begin:
            inside += [event] if event.t < window.end else []
        elif what := _what(event):
            still_true[what] = event
    baseline = [msgspec.structs.replace(event, serial=0) for event in still_true.values()]  # with holes between them
    yield from sorted([*baseline, *inside], key=lambda event: event.t)


def _what(event: AnyEvent) -> tuple[object, ...] | None:
    """What the event is about: a later event about the same replaces it. None: it is about an instant only."""
    fields = _TELLS_OF.get(type(event))
    if fields is None or (isinstance(event, Marked) and event.name != "configuration"):
        return None
    return (type(event), *(getattr(event, name) for name in fields))


def _requests(history: History, window: Interval) -> Requests:
    """The requests of each stream from the first that was unanswered at the window's begin to its end, without gaps."""
    streams = [history.arrivals(vantage, stream) for vantage in history.topology.vantages for stream in Stream]
    cut = [requests for each in streams if len(requests := _since_unanswered(each, window))]
    together: Requests = np.concatenate(cut) if cut else history.requests[:0]
    return together[np.argsort(together["due"], kind="stable")]


def _since_unanswered(requests: Requests, window: Interval) -> Requests:
    unanswered = np.flatnonzero(requests["done"] >= window.begin)
    end = int(np.searchsorted(requests["due"], window.end))
    since: Requests = requests[unanswered[0] : end] if len(unanswered) else requests[:0]
    return since


def _write(run: Path, target: Path, cut: History, outcome: RunOutcome) -> None:
    header = store.read_header(run)
    store.create(target, msgspec.structs.replace(header, run=target.name, parameters={}), cut.topology)
    _pack(store.events_path(target), b"".join(encode(event) + b"\n" for event in cut.events))
    for vantage, number in cut.topology.vantage_numbers.items():
        _pack(store.requests_path(target, vantage), cut.requests[cut.requests["vantage"] == number].tobytes())
    marks = [mark.step for mark in cut.of(Marked) if mark.name == "configuration"]
    for name in dict.fromkeys(marks):
        for file in (run / "configuration" / name).glob("*/*"):
            store.configuration_path(target, name, file.parent.name, file.name).write_text(file.read_text())
    store.write_outcome(target, outcome)


def _pack(path: Path, data: bytes) -> None:
    """Writes PATH.gz; the same bytes give the same file."""
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(data, mtime=0))
    path.unlink(missing_ok=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--again"]:
        sys.exit(again())
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
