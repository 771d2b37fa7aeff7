"""The newest probes of each vantage point, read while they are recorded: is it served, and do we send in time?"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.experiment.run import Run
from harness.history import store
from harness.model.requests import DTYPE, RECORD, Outcome, Stream
from harness.model.units import ms, s
from harness.recovery.estimator import good

LOOKED_AT_NS: Final = s
NEWEST: Final = 2_000  # records of all streams together: more than a second of them
MOST: Final = 0.95  # of them served, or sent in time: less is not steady, one bad answer is no reason to wait
IN_TIME_NS: Final = 50 * ms

Probes = NDArray[Any]


def unserved(run: Run) -> Iterator[str]:
    """Which vantage points are not served, by the probes whose outcome became known in the last second."""
    for vantage, probes in _of_each(run):
        served = int(good(probes).sum())
        if not len(probes) or served < MOST * len(probes):
            yield f"{vantage} is served {served} times of {len(probes)}{_mostly(probes)}"


def late(run: Run) -> Iterator[str]:
    """Whose probes are sent so late that the answers say nothing about the pair: this machine is too busy."""
    for vantage, probes in _of_each(run):
        in_time = int((probes["sent"] - probes["due"] <= IN_TIME_NS).sum())
        if in_time < MOST * len(probes):
            yield f"{len(probes) - in_time} of {len(probes)} probes of {vantage} were sent late"


def _of_each(run: Run) -> Iterator[tuple[str, Probes]]:
    since = run.view.now - LOOKED_AT_NS
    for vantage in run.view.topology.vantages:
        newest = _newest(store.requests_path(run.folder, vantage))
        yield vantage, newest[(newest["stream"] == Stream.probe) & (newest["done"] >= since)]


def _newest(path: Path) -> Probes:
    if not path.exists():
        return np.zeros(0, DTYPE)
    with path.open("rb") as file:
        whole = file.seek(0, 2) // RECORD.size
        file.seek(max(0, whole - NEWEST) * RECORD.size)
        return np.frombuffer(file.read(min(whole, NEWEST) * RECORD.size), DTYPE)


def _mostly(probes: Probes) -> str:
    """What most of the others came to: `` (mostly 403)``."""
    bad = probes[~good(probes)]
    kinds = Counter(
        _kind(int(outcome), int(status)) for outcome, status in zip(bad["outcome"], bad["status"], strict=True)
    )
    return f" (mostly {kinds.most_common(1)[0][0]})" if kinds else ""


def _kind(outcome: int, status: int) -> str:
    """An HTTP status, how it failed, or that it was answered too late."""
    if outcome == Outcome.ok:
        return "answered late"
    return str(status) if outcome == Outcome.http_error else Outcome(outcome).name.replace("_", " ")
