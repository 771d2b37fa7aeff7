"""What the databases can answer, along the right index and along the wrong one: the speed of this machine. Pure.

An authentication under the wrong plan is answered after 243,001 rows: rows per second give authentications per second.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from harness.history import History
from harness.history.timeline import FOREVER, Interval
from harness.model.errors import NotMeasured
from harness.model.events import DatabaseSample
from harness.model.requests import Outcome, Stream
from harness.model.units import seconds

WRONG_ROWS: Final = 243_001  # of one authentication along the wrong index


class Capacity(msgspec.Struct, frozen=True):
    """Customers answered per second, of all vantage points together, besides requests of the other streams."""

    right_hz: float
    wrong_hz: float

    def __str__(self) -> str:
        wrong = f"{self.wrong_hz:.1f}/s along the wrong one"
        return f"The databases answer {self.right_hz:.0f} customers/s along the right index, {wrong}."


def answered_hz(history: History, window: Interval) -> float:
    """Right answers per second to customers of the background. Raises `NotMeasured` if there were none."""
    answers = sum(_answers(history, vantage, window) for vantage in history.topology.vantages)
    if not answers:
        raise NotMeasured("No customer was answered while the capacity along the right index was measured.")
    return answers / seconds(window.length)


def wrong_hz(history: History, window: Interval) -> float:
    """Authentications per second that the databases end while each of their connections reads along the wrong index.

    0 if no row was read. Raises `NotMeasured` if a database was not sampled twice in the window, or restarted.
    """
    rows = {node: _rows_hz(history, node, window) for node in _databases(history)}
    if silent := [node for node, hz in rows.items() if hz is None]:
        raise NotMeasured(f"It is unknown how many rows {', '.join(silent)} read: no two samples, or a restart.")
    return sum(hz for hz in rows.values() if hz is not None) / WRONG_ROWS


def running(history: History, t: int) -> int:
    """Token authentications that the databases had begun and not ended at `t`, by the newest sample of each."""
    newest = {sample.node: sample.running for sample in history.of(DatabaseSample, Interval(-FOREVER, t))}
    return sum(newest.values())


def _answers(history: History, vantage: str, window: Interval) -> int:
    found = history.arrivals(vantage, Stream.background)
    inside = (found["done"] >= window.begin) & (found["done"] < window.end)
    return int((inside & (found["outcome"] == Outcome.ok)).sum())


def _rows_hz(history: History, node: str, window: Interval) -> float | None:
    """None for a database that was not sampled twice, or whose counter restarted."""
    samples = [sample for sample in history.of(DatabaseSample, window) if sample.node == node]
    if len(samples) < 2 or samples[-1].read_next < samples[0].read_next:
        return None
    first, last = samples[0], samples[-1]
    return (last.read_next - first.read_next) / seconds(last.t - first.t)


def _databases(history: History) -> Iterator[str]:
    return (node.name for node in history.topology.nodes.values() if node.kind == "database")
