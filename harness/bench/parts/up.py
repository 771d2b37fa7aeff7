"""How long `up`, `reset` and `down` take with images present, without the interpreter's start."""

import time
from collections.abc import Callable, Iterator

from harness.bench.figures import Bound, Figure, sampled
from harness.bench.part import Bench, Part
from harness.bench.temporary_lab import quiet, refuse_existing
from harness.lab import compose
from harness.lab.images import ensure_images
from harness.lab.ready import bring_up, reset
from harness.model.configuration import DEFAULT, Configuration


def measure(bench: Bench) -> Iterator[Figure]:
    refuse_existing(bench.lab)
    try:
        cycles = [_cycle(bench, number) for number in range(1, bench.count + 1)]
    finally:
        compose.down(bench.lab)
    ups, resets, downs = zip(*cycles, strict=True)
    yield sampled("`up` until every vantage point is served", "s", ups, Bound("median", most=8))
    yield sampled("`reset` of a lab at rest", "s", resets, Bound("median", most=0.5))
    yield sampled("`down`", "s", downs, Bound("median", most=4))


def _cycle(bench: Bench, number: int) -> tuple[float, float, float]:
    ensure_images(bench.say)  # not counted
    configuration = Configuration.load(DEFAULT)
    up = _took(lambda: bring_up(bench.lab, configuration, quiet))
    again = _took(lambda: reset(bench.lab))
    down = _took(lambda: compose.down(bench.lab))
    bench.say(f"cycle {number} of {bench.count}: up {up:.2f} s, reset {again:.3f} s, down {down:.2f} s")
    return up, again, down


def _took(action: Callable[[], object]) -> float:
    """Seconds of a whole command: the only time that is measured with this process's own clock."""
    began = time.monotonic()
    action()
    return time.monotonic() - began


PART = Part("up, reset and down of a whole lab", 5, lambda count: 11 * count, measure)
