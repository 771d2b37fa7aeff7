"""Faults and acts: asked for, achieved, and what frames say."""

from collections.abc import Iterator

from harness.history import Step
from harness.history.wire import Bracket
from harness.model.events import OpApplied, OpReleased
from harness.recovery.fault import HeldOp, held_parts
from harness.report.page.html import plain
from harness.report.page.lanes.lane import FaultItem, Faults
from harness.report.page.lanes.row import Scene


def faults(scene: Scene) -> Iterator[Faults]:
    """A row for each op, which may have been applied often."""
    rows: dict[str, list[FaultItem]] = {}
    for place, step in enumerate(scene.trial.steps):
        for part in held_parts(scene.history, step):
            rows.setdefault(str(part.applied.op), []).append(_held(scene, place, part))
        for act in (op for op in step.applied if not op.op.held):
            rows.setdefault(str(act.op), []).append(_act(scene, act))
    for op, items in rows.items():
        yield Faults(label=plain(op), group="faults and acts", items=tuple(items))


def _held(scene: Scene, place: int, part: HeldOp) -> FaultItem:
    """An op of one step may end in a later one."""
    us, steps, applied = scene.trial.us, scene.trial.steps[place:], part.applied
    released = part.released or next((end for step in steps for end in _ends(step, applied)), None)
    asked = us(released.asked_ns) if released and released.why == "deadline" else None
    end = released.t if released else steps[-1].ends_ns
    wire = tuple(None if t is None else us(t) for t in _wire(part.begin, part.end))
    return FaultItem(True, bool(released), (us(applied.asked_ns), asked), (us(applied.t), us(end)), wire)


def _ends(step: Step, applied: OpApplied) -> Iterator[OpReleased]:
    key = applied.plan, applied.part, applied.op
    return (each for each in step.released if (each.plan, each.part, each.op) == key and each.t >= applied.t)


def _wire(begin: Bracket, end: Bracket) -> tuple[int | None, ...]:
    return () if begin == end == (None, None) else (*begin, *end)


def _act(scene: Scene, act: OpApplied) -> FaultItem:
    us = scene.trial.us
    return FaultItem(False, True, (us(act.asked_ns), None), (us(act.t), None))
