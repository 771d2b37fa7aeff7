"""Sessions of the frontend that customers use in a step, and how soon its limit was reached. Pure.

Little's law: sessions = rate × time in the system. If more arrive (λ) than leave (μ), a crowd of C becomes L after
(L − C) / (λ − μ) seconds. With λ and μ from before an act that is a prediction. With λ and μ from the time in which the
frontend filled it is accounting: sessions are conserved, so that it must be right unless records are missing.
"""

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, SessionLimitSet
from harness.model.outcome import Measure
from harness.model.units import s
from harness.recovery.crowd import BEFORE_NS, crowd, ended_hz
from harness.recovery.customers import arrived_hz, present
from harness.recovery.sessions import Fill, fill, fills, frontends


def measures(history: History, step: Step) -> dict[str, Measure]:
    """Empty without databases.

    ``sessions_peak``, ``limit`` (in force at the end); ``customers_before`` the first effect and ``customers_present``
    at the end; ``times_full``: how often it became full after having room, first ``seconds_to_limit`` after the first
    effect; ``sessions_before`` that, ``queued_before`` in the kernel's queue, ``connecting_before``;
    ``predicted_s``: seconds to a limit that an act set, from rates before it; ``accounting_s``: likewise of a fault,
    from rates while it filled, which is no prediction; ``limit_set``: in which way; ``plan``: each optimizer's last
    choice.
    """
    plans = {sample.node: sample.plan for sample in history.of(DatabaseSample, step.window) if sample.plan}
    asked = history.topology.virtual_router()
    filled = fill(history, asked, step.watch) if plans and history.topology.vantages else None
    if filled is None:
        return {}
    full = sorted(t for samples in frontends(history, asked, step.watch).values() for t in fills(samples))
    found: dict[str, Measure] = {
        "sessions_peak": filled.peak.sessions,
        "limit": filled.samples[-1].session_limit,
        "customers_before": present(history, step.first_effect_ns),
        "customers_present": present(history, step.ends_ns),
        "times_full": len(full),
    }
    ways = [f"{event.node} {event.way}" for event in history.of(SessionLimitSet, step.window)]
    found |= _limit_reached(history, step, filled, full[0]) if full else {}
    return found | ({"limit_set": ", ".join(ways)} if ways else {}) | {"plan": _listed(plans)}


def _limit_reached(history: History, step: Step, filled: Fill, full: int) -> dict[str, Measure]:
    effect = step.first_effect_ns
    before = crowd(history, filled, effect)
    found: dict[str, Measure] = {
        "sessions_before": before.sessions,
        "queued_before": before.queued,
        "connecting_before": before.connecting,
        "seconds_to_limit": round((full - effect) / s, 3),
    }
    if step.held:
        found["accounting_s"] = _until_limit_s(history, step, filled, Interval(effect, full))
    elif history.of(SessionLimitSet, step.window):
        found["predicted_s"] = _until_limit_s(history, step, filled, Interval(effect - BEFORE_NS, effect))
    return found


def _until_limit_s(history: History, step: Step, filled: Fill, rates: Interval) -> float | None:
    """(L − C) / (λ − μ), with a crowd of C at the first effect, λ and μ as they were during `rates`.

    None if the crowd is larger than the limit, or if as many leave as come.
    """
    surplus_hz = arrived_hz(history, rates) - ended_hz(history, filled, rates)
    before = crowd(history, filled, step.first_effect_ns)
    present = before.size - (before.sessions if _reloaded(history, step, filled.node) else 0)
    missing = filled.samples[-1].session_limit - present
    return round(missing / surplus_hz, 3) if missing > 0 and surplus_hz > 0 else None


def _reloaded(history: History, step: Step, node: str) -> bool:
    """Was HAProxy reloaded? Then the old process keeps its sessions (haproxy(1), -sf) under its own limit."""
    return any(each.node == node and each.way == "reload" for each in history.of(SessionLimitSet, step.window))


def _listed(plans: dict[str, str]) -> str:
    return ", ".join(f"{node} {plan}" for node, plan in sorted(plans.items()))
