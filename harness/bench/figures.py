"""A figure: what was measured, how often, and whether it is within its bounds. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from harness.report.number import number
from harness.statistics import order_statistic

SPREAD: Final = {"median": 0.5, "min": 0.0, "max": 1.0}
TAIL: Final = {"p50": 0.5, "p99": 0.99, "max": 1.0}


class Bound(msgspec.Struct, frozen=True):
    """Inclusive, on one statistic of a figure, in the figure's unit."""

    statistic: str
    least: float | None = None
    most: float | None = None

    def admits(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        if self.least == self.most:
            return f"{self.statistic} = {number(self.least)}"
        limits = [f"≥ {number(self.least)}"] * (self.least is not None)
        limits += [f"≤ {number(self.most)}"] * (self.most is not None)
        return f"{self.statistic} {' and '.join(limits)}"


def exactly(statistic: str, value: float) -> Bound:
    return Bound(statistic, value, value)


class Figure(msgspec.Struct, frozen=True):
    """`values`: statistic → value, in `unit`. `met` None: it has no bounds."""

    what: str
    n: int
    unit: str
    values: dict[str, float]
    bounds: tuple[Bound, ...] = ()
    met: bool | None = None
    unmet: tuple[str, ...] = ()


def figure(what: str, n: int, unit: str, values: Mapping[str, float], *bounds: Bound) -> Figure:
    """Compares it with its bounds. Raises `ValueError` for no samples, `KeyError` for a bound without a statistic."""
    if n < 1:
        raise ValueError(f"{what}: a figure of no samples")
    unmet = tuple(str(bound) for bound in bounds if not bound.admits(values[bound.statistic]))
    return Figure(what, n, unit, dict(values), bounds, not unmet if bounds else None, unmet)


def sampled(
    what: str, unit: str, samples: Sequence[float], *bounds: Bound, statistics: Mapping[str, float] = SPREAD
) -> Figure:
    """A figure from its samples, by default the median with the least and the most."""
    return figure(what, len(samples), unit, quantiles(samples, statistics), *bounds)


def quantiles(samples: Sequence[float], statistics: Mapping[str, float]) -> dict[str, float]:
    return {name: order_statistic(samples, share) for name, share in statistics.items()}
