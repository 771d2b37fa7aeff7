"""What a step tested is another fault than the one that it names: it ended before its time, or was not alone."""

from collections.abc import Iterator

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.client import is_plan_of
from harness.model.events import Marked, OpApplied, OpReleased
from harness.model.stop_condition import STOPPED


def since_trial_began(history: History, step: Step) -> Interval:
    """From the begin of the trial, with the time between its steps: it affects this step."""
    begins = [mark.t for mark in history.of(Marked) if (mark.name, mark.trial) == ("step_begin", step.trial)]
    began = min(begins, default=step.began_ns)
    return Interval(began, step.ends_ns)


def let_go(history: History, step: Step) -> Iterator[str]:
    """If the harness missed its heartbeats, the agent removed the fault early, and the step did not test it."""
    for released in history.of(OpReleased, since_trial_began(history, step)):
        if released.why == "lease lost":
            yield f"The harness missed its heartbeats, and the agent undid: {released.op}."


def by_another(history: History, step: Step) -> Iterator[str]:
    """`harness undo` or `harness reset` beside a run ends its faults, too.

    A run undoes nothing before the end of a trial, unless a stop condition is met: then it marks that.
    """
    trial = since_trial_began(history, step)
    stops = [mark.t for mark in history.of(Marked, trial) if mark.name == STOPPED]
    for released in history.of(OpReleased, trial):
        if released.why == "undo" and not any(released.t <= stopped for stopped in stops):
            yield f"Another client undid: {released.op}."


def beside(history: History, step: Step) -> Iterator[str]:
    """What another client did to the lab, once for each: a fault at another target, or an act, which needs no lease.

    A trial is marked with its client. In older recordings it is not known who did what: `by_several`.
    """
    trial = since_trial_began(history, step)
    if client := _client(history, step):
        done = (op for op in (*step.in_force, *history.of(OpApplied, trial)) if not op.error)
        theirs = (op for op in done if (op.holder or client) != client or not is_plan_of(client, op.plan))
        yield from (f"Another client did: {op}." for op in dict.fromkeys(str(each.op) for each in theirs))


def _client(history: History, step: Step) -> str:
    marks = (mark for mark in history.of(Marked) if (mark.name, mark.trial) == ("trial_begin", step.trial))
    return next((mark.step for mark in marks), "")


def by_several(history: History, step: Step) -> Iterator[str]:
    """Leases keep two clients from the same target, not from the same lab. Recordings of before name no holder."""
    if _client(history, step):
        return
    trial = since_trial_began(history, step)
    held = (op for op in (*step.in_force, *history.of(OpApplied, trial)) if op.holder and not op.error)
    first = {op.holder: op.op for op in sorted(held, key=lambda op: -op.t)}
    if len(first) > 1:
        told = "; ".join(f"{holder}: {op}" for holder, op in sorted(first.items()))
        yield f"More than one client injected faults: {told}."
