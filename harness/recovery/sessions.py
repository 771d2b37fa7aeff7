"""How a frontend fills: its samples, when it was full, and how soon that was to be expected. Pure.

Little's law: sessions = rate × time in the system. Where more arrive than are answered, a limit L is reached after
L / (λ − μ) seconds.
"""

from typing import Final, NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, HaproxySample
from harness.model.outcome import Measure
from harness.model.requests import Outcome
from harness.model.topology import Pair
from harness.model.units import s, seconds

FRONTEND: Final = "/FRONTEND"
BACKEND: Final = "/BACKEND"
HALF: Final = 0.5  # of its limit: a frontend that has as many already when a step begins does not fill in it


class Fill(NamedTuple):
    """`samples` of the fullest frontend of a pair; `full`: when it first had as many sessions as it may, ns."""

    samples: list[HaproxySample]
    full: int | None

    @property
    def peak(self) -> HaproxySample:
        return max(self.samples, key=lambda sample: sample.sessions)


def fill(history: History, pair: Pair, window: Interval) -> Fill | None:
    """None without samples of a frontend with a limit."""
    found = frontends(history, pair, window).values()
    if not found:
        return None
    samples = max(found, key=lambda each: max(x.sessions / x.session_limit for x in each))
    return Fill(samples, next((x.t for x in samples if x.sessions >= x.session_limit), None))


def frontends(history: History, pair: Pair, window: Interval) -> dict[tuple[str, str], list[HaproxySample]]:
    """(node, frontend) → its samples, of those that have a limit."""
    found: dict[tuple[str, str], list[HaproxySample]] = {}
    for sample in history.of(HaproxySample, window):
        if sample.node in pair.nodes and sample.proxy.endswith(FRONTEND) and sample.session_limit:
            found.setdefault((sample.node, sample.proxy), []).append(sample)
    return found


def predicted_s(history: History, limit: int, window: Interval) -> float | None:
    """Seconds until `limit` sessions, from the arrivals and the answers in `window`; None if it would never fill."""
    requests = history.requests
    length_s = seconds(window.end - window.begin)
    arrived = ((requests["due"] >= window.begin) & (requests["due"] < window.end)).sum()
    done = (requests["done"] >= window.begin) & (requests["done"] < window.end)
    answered = (done & (requests["outcome"] == Outcome.ok)).sum()
    surplus = float(arrived - answered) / length_s if length_s > 0 else 0
    return round(limit / surplus, 3) if surplus > 0 else None


def measures(history: History, step: Step) -> dict[str, Measure]:
    """``sessions_peak`` and ``limit`` of the pair that customers use; where it filled, when, and when it was due to.

    ``plan``: the index that the optimizers would choose at the step's end. All empty in a lab without databases.
    """
    plans = {sample.node: sample.plan for sample in history.of(DatabaseSample, step.window) if sample.plan}
    pairs = [history.topology.pairs[vantage.pair] for vantage in history.topology.vantages.values()]
    filled = fill(history, pairs[0], step.window) if plans and pairs else None
    if filled is None:
        return {}
    found: dict[str, Measure] = {"sessions_peak": filled.peak.sessions, "limit": filled.peak.session_limit}
    if filled.full is not None and filled.samples[0].sessions < HALF * filled.peak.session_limit:
        window = Interval(step.first_effect_ns, filled.full)
        found["seconds_to_limit"] = round((window.end - window.begin) / s, 3)
        found["predicted_s"] = predicted_s(history, filled.peak.session_limit, window)
    return found | {"plan": ", ".join(f"{node} {plan}" for node, plan in sorted(plans.items()))}
