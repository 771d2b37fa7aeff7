"""Requests per vantage point: when due, how they ended, after how long, and which node served them."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.history.history import Requests as Arrivals
from harness.model.requests import OURS, Outcome, Stream
from harness.model.units import s
from harness.recovery.estimator import GOOD_WITHIN_NS, good
from harness.report.page.html import plain
from harness.report.page.lanes.lane import Requests
from harness.report.page.lanes.row import Scene
from harness.report.page.pack import latency_codes

CLASSES: Final = ("good", "slow", "no answer", "cut off", "wrong status", "our own side")
_SLOW, _NO_ANSWER, _CUT_OFF, _STATUS, _OWN = range(1, 6)

_ENDED: Final = {
    Outcome.connect_timeout: _NO_ANSWER,
    Outcome.unreachable: _NO_ANSWER,
    Outcome.read_timeout: _NO_ANSWER,
    Outcome.http_error: _STATUS,
    **dict.fromkeys(OURS, _OWN),
}
CLASS_OF: Final = np.array([_ENDED.get(n, _CUT_OFF) for n in range(256)], np.uint8)  # type: ignore[call-overload]  # a code of a newer harness is a failure too

CUSTOMER_WITHIN_NS: Final = 1 * s
"""A customer's own request is good within a second: it asks for more than a probe does (docs/design.md, Recovery)."""

_STREAMS: Final = {
    Stream.probe: "a new connection each",
    Stream.background: "customers' load",
    Stream.connected: "one open connection",
    Stream.health: "health checks of an external monitor",
}


def requests(scene: Scene) -> Iterator[Requests]:
    for stream in _STREAMS:
        yield from _stream(scene, stream)


def _stream(scene: Scene, stream: Stream) -> Iterator[Requests]:
    """The rows of a stream beside the probes are folded away together, if none of its requests was bad."""
    chosen = {vantage: _inside(scene, vantage, stream) for vantage in scene.topology.vantages}
    classes = {vantage: classes_of(arrivals, stream) for vantage, arrivals in chosen.items() if len(arrivals)}
    quiet = stream is not Stream.probe and not any(each.any() for each in classes.values())
    for vantage, each in classes.items():
        yield _row(scene, vantage, stream, chosen[vantage], each, quiet=quiet)


def _inside(scene: Scene, vantage: str, stream: Stream) -> Arrivals:
    arrivals = scene.history.arrivals(vantage, stream)
    first, end = np.searchsorted(arrivals["due"], scene.trial.window)
    inside: Arrivals = arrivals[first:end]
    return inside


def classes_of(arrivals: Arrivals, stream: Stream) -> NDArray[np.uint8]:
    """Of each request its number in `CLASSES`."""
    within = CUSTOMER_WITHIN_NS if stream is Stream.background else GOOD_WITHIN_NS
    answered = np.where(good(arrivals, within), 0, _SLOW)
    found: NDArray[Any] = np.where(arrivals["outcome"] == Outcome.ok, answered, CLASS_OF[arrivals["outcome"]])
    return found.astype(np.uint8)


def _row(
    scene: Scene, vantage: str, stream: Stream, arrivals: Arrivals, classes: NDArray[np.uint8], *, quiet: bool
) -> Requests:
    took = np.maximum(0, (arrivals["done"] - arrivals["due"]) // 1000)
    balancers = ["no node known", *scene.topology.numbers("balancer")]
    return Requests(
        label=plain(vantage),
        group=f"requests: {_STREAMS[stream]}",
        quiet=quiet,
        stream=stream.name,
        n=len(arrivals),
        due=scene.blob.times((arrivals["due"] - scene.trial.zero) // 1000),
        took=scene.blob.shorts(latency_codes(took)),
        classes=scene.blob.codes(classes),
        by=scene.blob.codes(np.where(arrivals["balancer"] < len(balancers), arrivals["balancer"], 0)),
        balancers=tuple(map(plain, balancers)),
        main=stream in {Stream.probe, Stream.background},
        latency=stream is Stream.probe,
    )
