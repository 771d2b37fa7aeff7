"""How a frontend fills: its samples, when it was full, and how soon that was to be expected. Pure.

Little's law: sessions = rate × time in the system. Where more arrive (λ) than leave (μ), C customers are L after
(L − C) / (λ − μ) seconds.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, HaproxySample, SessionLimitSet
from harness.model.outcome import Measure
from harness.model.topology import Pair
from harness.model.units import s
from harness.recovery.customers import flow, present

FRONTEND: Final = "/FRONTEND"
BACKEND: Final = "/BACKEND"
ROOM: Final = 0.8  # of its limit: one that has fewer looks well again
BEFORE_NS: Final = 2 * s  # over which rates are taken before an act


class Fill(NamedTuple):
    """`samples` of the frontend of a pair that was full first, or came nearest to it; `full`: when, ns."""

    samples: list[HaproxySample]
    full: int | None

    @property
    def peak(self) -> HaproxySample:
        return max(self.samples, key=lambda sample: sample.sessions)

    @property
    def rank(self) -> tuple[float, float]:
        """The least first: what fills later, where the VIP moved on, is a consequence."""
        return (math.inf if self.full is None else self.full), -self.peak.sessions / self.peak.session_limit


def fill(history: History, pair: Pair, window: Interval) -> Fill | None:
    """None without samples of a frontend with a limit."""
    found = frontends(history, pair, window).values()
    fills = (Fill(samples, next((x.t for x in samples if is_full(x)), None)) for samples in found)
    return min(fills, key=lambda each: each.rank, default=None)


def fills(samples: Iterable[HaproxySample]) -> Iterator[int]:
    """Each instant at which a frontend became full, having had room: the end of an all-clear that was none."""
    room = False
    for sample in samples:
        if room and is_full(sample):
            yield sample.t
        room = not is_full(sample) and (room or sample.sessions < ROOM * sample.session_limit)


def is_full(sample: HaproxySample) -> bool:
    return sample.sessions >= sample.session_limit


def frontends(history: History, pair: Pair, window: Interval) -> dict[tuple[str, str], list[HaproxySample]]:
    """(node, frontend) → its samples, of those that have a limit."""
    found: dict[tuple[str, str], list[HaproxySample]] = {}
    for sample in history.of(HaproxySample, window):
        if sample.node in pair.nodes and sample.proxy.endswith(FRONTEND) and sample.session_limit:
            found.setdefault((sample.node, sample.proxy), []).append(sample)
    return found


def measures(history: History, step: Step) -> dict[str, Measure]:
    """How the frontend that customers use fared in a step, and how many customers there were. Empty without databases.

    ``sessions_peak``, ``limit`` (in force at the end); ``customers_before`` the first effect and ``customers_present``
    at the end; ``times_full``: how often it had room and became full, the first time ``seconds_to_limit`` after the
    first effect, foreseen for ``predicted_s``; ``limit_set``: which way; ``plan``: each optimizer's choice in the end.
    """
    plans = {sample.node: sample.plan for sample in history.of(DatabaseSample, step.window) if sample.plan}
    pairs = [history.topology.pairs[vantage.pair] for vantage in history.topology.vantages.values()]
    filled = fill(history, pairs[0], step.watch) if plans and pairs else None
    if filled is None:
        return {}
    limit = filled.samples[-1].session_limit
    full = sorted(t for samples in frontends(history, pairs[0], step.watch).values() for t in fills(samples))
    found: dict[str, Measure] = {
        "sessions_peak": filled.peak.sessions,
        "limit": limit,
        "customers_before": present(history, step.first_effect_ns),
        "customers_present": present(history, step.ends_ns),
        "times_full": len(full),
    }
    if full:
        found["seconds_to_limit"] = round((full[0] - step.first_effect_ns) / s, 3)
        found["predicted_s"] = predicted_s(history, step, limit, full[0])
    ways = [f"{event.node} {event.way}" for event in history.of(SessionLimitSet, step.window)]
    return found | ({"limit_set": ", ".join(ways)} if ways else {}) | {"plan": _listed(plans)}


def predicted_s(history: History, step: Step, limit: int, full: int) -> float | None:
    """(L − C) / (λ − μ): seconds from the first effect until L sessions, with C customers present then.

    λ and μ: of a fault, which changes them, while it filled; of an act as they were before. None where there were more
    customers than sessions (they must have gone for it to have had room), or where as many leave as come.
    """
    effect = step.first_effect_ns
    customers = present(history, effect)
    rates = flow(history, Interval(effect, full) if step.held else Interval(effect - BEFORE_NS, effect))
    if customers >= limit or rates.surplus_hz <= 0:
        return None
    return round((limit - customers) / rates.surplus_hz, 3)


def _listed(plans: dict[str, str]) -> str:
    return ", ".join(f"{node} {plan}" for node, plan in sorted(plans.items()))
