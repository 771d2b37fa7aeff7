"""Each vantage point's probes, read during the recording: is it served, and does our own load send in time?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.experiment.run import Run
from harness.history import store
from harness.model.requests import DTYPE, RECORD, Outcome, Stream
from harness.model.units import ms, s
from harness.recovery.estimator import GOOD_WITHIN_NS, good
from harness.recovery.lateness import lateness
from harness.recovery.vantage import ONE_BAD_OF, STEADY_NS

LOOKED_AT_NS: Final = STEADY_NS + GOOD_WITHIN_NS + 100 * ms
"""A step's validity judges the arrivals of one second, up to `GOOD_WITHIN_NS` before the first effect. That effect
may come as soon as the pair is steady.
"""
NEWEST: Final = 2_000  # records of all streams together: more than a second of them
ALLOWED: Final = 1  # bad one of 250 is no reason to wait: a step's validity allows it too

Probes = NDArray[Any]


def unserved(run: Run) -> Iterator[str]:
    """The vantage points that are not served, by the probes whose outcome became known in the last `LOOKED_AT_NS`.

    Or by the last 20 probes, if those are more: by so many a step's validity judges the state before the fault.
    """
    since = run.view.now - LOOKED_AT_NS
    for vantage, newest in _of_each(run, {}):
        known = newest[np.argsort(newest["done"], kind="stable")]
        probes = known[min(int(np.searchsorted(known["done"], since)), max(0, len(known) - ONE_BAD_OF)) :]
        served = int(good(probes).sum())
        if not len(probes) or len(probes) - served > ALLOWED:
            yield f"{vantage} is served {served} times of {len(probes)}{_mostly(probes)}"


def newest_successes(run: Run, window_ns: int = s) -> dict[str, float | None]:
    """Vantage point → the share of good ones of the probes whose outcome became known in this window; None: none."""
    since = run.view.now - window_ns
    known = {vantage: newest[newest["done"] >= since] for vantage, newest in _of_each(run, {})}
    return {vantage: float(good(probes).mean()) if len(probes) else None for vantage, probes in known.items()}


def late(run: Run, since: Mapping[str, int]) -> Iterator[str]:
    """Vantage points whose probes were sent too late, by the rule of a step's validity: this machine is too busy.

    `since`: vantage point → bytes that were recorded before.
    """
    for vantage, probes in _of_each(run, since):
        yield from lateness(vantage, probes[np.argsort(probes["due"], kind="stable")])


def _of_each(run: Run, since: Mapping[str, int]) -> Iterator[tuple[str, Probes]]:
    """`since`: bytes to leave out; of those not named, the newest `NEWEST` records are read."""
    for vantage in run.view.topology.vantages:
        records = _read(store.requests_path(run.folder, vantage), since.get(vantage))
        yield vantage, records[records["stream"] == Stream.probe]


def _read(path: Path, since: int | None) -> Probes:
    if not path.exists():
        return np.zeros(0, DTYPE)
    with path.open("rb") as file:
        whole = file.seek(0, 2) // RECORD.size
        first = max(0, whole - NEWEST) if since is None else since // RECORD.size
        file.seek(first * RECORD.size)
        return np.frombuffer(file.read((whole - first) * RECORD.size), DTYPE)


def _mostly(probes: Probes) -> str:
    """The most frequent outcome of those that are not good: `` (mostly 403)``."""
    bad = probes[~good(probes)]
    kinds = Counter(_kind(int(each["outcome"]), int(each["status"])) for each in bad)
    return f" (mostly {kinds.most_common(1)[0][0]})" if kinds else ""


def _kind(outcome: int, status: int) -> str:
    """An HTTP status, how it failed, or that it was answered too late."""
    if outcome == Outcome.ok:
        return "answered late"
    if outcome == Outcome.http_error:
        return str(status) if status else "answers that are no TLS or HTTP"
    return Outcome(outcome).name.replace("_", " ")
