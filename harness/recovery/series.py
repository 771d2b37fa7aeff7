"""The series of a step: owners, caches and success over time, from the history."""

from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from harness.history import History, Step
from harness.history.history import Requests
from harness.model.series import SERIES_BIN_S, WIDE_BIN_S, Owners, Shares, StepSeries
from harness.model.units import s, seconds
from harness.model.virtual_router import RouterVip
from harness.recovery.estimator import good
from harness.recovery.vantage import due_in

V = TypeVar("V")


def series(history: History, step: Step) -> StepSeries:
    """Pure: the same history gives the same series."""
    effect, caches = step.first_effect_ns, history.tables.caches
    arrivals = {name: due_in(history.arrivals(name), step.window) for name in history.topology.vantages}
    bin_s = _bin_s(arrivals.values(), step)
    return StepSeries(
        begins_s=seconds(step.began_ns - effect),
        ends_s=seconds(step.ends_ns - effect),
        faults=tuple((seconds(op.t - effect), _since(effect, step.release_of(op))) for op in step.in_force),
        acts=tuple(seconds(op.t - effect) for op in step.applied if not op.op.held),
        owners={vip.address: _owners(history, step, vip) for vip in history.topology.vips},
        caches={name: _changes(history.tables.arp_changes(each, step.window), effect) for name, each in caches.items()},
        success={name: _shares(requests, step, bin_s) for name, requests in arrivals.items()},
        bin_s=bin_s,
    )


def _bin_s(arrivals: Iterable[Requests], step: Step) -> float:
    """By the vantage point that is asked for most often: all have the same bins."""
    often = any(len(requests) * SERIES_BIN_S * s >= step.window.length for requests in arrivals)
    return SERIES_BIN_S if often else WIDE_BIN_S


def _since(effect: int, t: int | None) -> float | None:
    return None if t is None else seconds(t - effect)


def _owners(history: History, step: Step, vip: RouterVip) -> Owners:
    """Of all nodes, also of one that is none of the router's: it may have the address all the same."""
    addresses, nodes = history.tables.addresses, history.topology.nodes
    untold = history.tables.untold(vip.nodes, step.window)
    changed = {t for node in nodes for t, _ in addresses.changes((node, vip.address))} | {
        t for gap in untold for t in gap
    }
    held = [
        (t, None if any(gap.begin <= t < gap.end for gap in untold) else _holders(history, vip, t))
        for t in step.window.instants(changed)
    ]
    return _changes(held, step.first_effect_ns)


def _holders(history: History, vip: RouterVip, t: int) -> tuple[str, ...]:
    return tuple(node for node in history.topology.nodes if history.tables.addresses.at((node, vip.address), t))


def _shares(requests: Requests, step: Step, bin_s: float) -> Shares:
    """A bin counts arrivals by when they were due; the bins are aligned to the first effect."""
    width = round(bin_s * s)
    first, last = ((t - step.first_effect_ns) // width for t in (step.began_ns, step.ends_ns - 1))
    place = (requests["due"].astype(np.int64) - step.first_effect_ns) // width - first
    due = np.bincount(place, minlength=last - first + 1)
    fine = np.bincount(place, weights=good(requests), minlength=last - first + 1)
    return _changes([((first + n) * width, share) for n, share in enumerate(map(_share, fine, due))], 0)


def _share(fine: float, due: int) -> float | None:
    return round(float(fine / due), 3) if due else None


def _changes(values: Iterable[tuple[int, V]], effect: int) -> tuple[tuple[float, V], ...]:
    """In seconds from the first effect, without entries that change nothing."""
    kept: list[tuple[float, V]] = []
    for t, value in values:
        if not kept or kept[-1][1] != value:
            kept.append((seconds(t - effect), value))
    return tuple(kept)
