"""How the frontend that customers use fared in a step, and how soon it was to be full. Pure.

Little's law: sessions = rate × time in the system. Where more arrive (λ) than leave (μ), C of them are L after
(L − C) / (λ − μ) seconds.
"""

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, SessionLimitSet
from harness.model.outcome import Measure
from harness.model.units import s
from harness.recovery.crowd import BEFORE_NS, crowd, ended_hz
from harness.recovery.customers import arrived_hz, present
from harness.recovery.drain import predicted_served_s
from harness.recovery.sessions import Fill, fill, fills, frontends


def measures(history: History, step: Step) -> dict[str, Measure]:
    """Empty without databases.

    ``sessions_peak``, ``limit`` (in force at the end); ``customers_before`` the first effect and ``customers_present``
    at the end; ``times_full``: how often it had room and became full, the first time ``seconds_to_limit`` after the
    first effect, foreseen for ``predicted_s`` from the ``sessions_before`` it, ``queued_before`` in the kernel's queue
    and ``connecting_before``; ``predicted_served_s``: of an act that cured; ``limit_set``: which way; ``plan``: each
    optimizer's choice in the end.
    """
    plans = {sample.node: sample.plan for sample in history.of(DatabaseSample, step.window) if sample.plan}
    pairs = [history.topology.pairs[vantage.pair] for vantage in history.topology.vantages.values()]
    filled = fill(history, pairs[0], step.watch) if plans and pairs else None
    if filled is None:
        return {}
    full = sorted(t for samples in frontends(history, pairs[0], step.watch).values() for t in fills(samples))
    found: dict[str, Measure] = {
        "sessions_peak": filled.peak.sessions,
        "limit": filled.samples[-1].session_limit,
        "customers_before": present(history, step.first_effect_ns),
        "customers_present": present(history, step.ends_ns),
        "times_full": len(full),
    }
    ways = [f"{event.node} {event.way}" for event in history.of(SessionLimitSet, step.window)]
    found |= _foreseen(history, step, filled, full[0]) if full else {}
    if not step.held and (served := predicted_served_s(history, step, filled)) is not None:
        found["predicted_served_s"] = served
    return found | ({"limit_set": ", ".join(ways)} if ways else {}) | {"plan": _listed(plans)}


def _foreseen(history: History, step: Step, filled: Fill, full: int) -> dict[str, Measure]:
    before = crowd(history, filled, step.first_effect_ns)
    return {
        "sessions_before": before.sessions,
        "queued_before": before.queued,
        "connecting_before": before.connecting,
        "seconds_to_limit": round((full - step.first_effect_ns) / s, 3),
        "predicted_s": predicted_s(history, step, filled, full),
    }


def predicted_s(history: History, step: Step, filled: Fill, full: int) -> float | None:
    """(L − C) / (λ − μ): seconds from the first effect until L sessions, with a crowd of C then.

    λ and μ: of a fault, which changes them, while it filled; of an act as they were before. None for an act that set no
    limit, where the crowd is larger than it, or where as many leave as come.
    """
    effect = step.first_effect_ns
    if not step.held and not history.of(SessionLimitSet, step.window):
        return None
    rates = Interval(effect, full) if step.held else Interval(effect - BEFORE_NS, effect)
    surplus_hz = arrived_hz(history, rates) - ended_hz(history, filled, rates)
    before = crowd(history, filled, effect)
    present = before.size - (before.sessions if _reloaded(history, step, filled.node) else 0)
    missing = filled.samples[-1].session_limit - present
    return round(missing / surplus_hz, 3) if missing > 0 and surplus_hz > 0 else None


def _reloaded(history: History, step: Step, node: str) -> bool:
    """The old process keeps its sessions (haproxy(1), -sf), and has a limit of its own."""
    return any(each.node == node and each.way == "reload" for each in history.of(SessionLimitSet, step.window))


def _listed(plans: dict[str, str]) -> str:
    return ", ".join(f"{node} {plan}" for node, plan in sorted(plans.items()))
