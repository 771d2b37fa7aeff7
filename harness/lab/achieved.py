"""The outcome of one plan, from its events alone: never from a command's return."""

from collections.abc import Iterable

from harness.model.errors import AgentError
from harness.model.events import AnyEvent, OpApplied, OpReleased
from harness.model.ops import AnyOp, Part, Plan
from harness.model.outcome import FaultOutcome, PartOutcome
from harness.model.units import seconds


class Ledger:
    """The applied and released ops of plans. The key is plan and op: each agent numbers parts for itself."""

    def __init__(self) -> None:
        self.applied: dict[tuple[int, AnyOp], OpApplied] = {}
        self.released: dict[tuple[int, AnyOp], OpReleased] = {}

    def take(self, event: AnyEvent) -> None:
        if isinstance(event, OpApplied):
            self.applied[event.plan, event.op] = event
        elif isinstance(event, OpReleased):
            self.released[event.plan, event.op] = event

    def unapplied(self, number: int, plan: Plan) -> str:
        """The ops that are not applied yet; empty if all are. Raises `AgentError` if one failed."""
        failed = [event for (of, _), event in self.applied.items() if of == number and event.error]
        if failed:
            raise AgentError("; ".join(f"{event.op} failed: {event.error}" for event in failed))
        return _missing(plan.parts, number, self.applied)

    def unreleased(self, number: int, plan: Plan) -> str:
        """The held ops that are still in force; empty if none is."""
        held = [part for part in plan.parts if part.op.held]
        return _missing(held, number, self.released)

    def outcome(self, number: int, plan: Plan) -> FaultOutcome:
        """`achieved_s`: from the first effect to the last release; and each part."""
        begins = [event.t for (of, _), event in self.applied.items() if of == number]
        ends = [event.t for (of, _), event in self.released.items() if of == number]
        whole = seconds(max(ends) - min(begins)) if begins and not self.unreleased(number, plan) else None
        parts = tuple(self._part(number, part) for part in plan.parts)
        asked = seconds(plan.ends_ns) if plan.ends_ns is not None else None
        return FaultOutcome(asked, whole, None, parts)

    def _part(self, number: int, part: Part) -> PartOutcome:
        begin, end = self.applied.get((number, part.op)), self.released.get((number, part.op))
        asked = seconds(part.end_ns - part.begin_ns) if part.end_ns is not None else None
        return PartOutcome(str(part.op), asked, seconds(end.t - begin.t) if begin and end else None)


def _missing(parts: Iterable[Part], number: int, seen: Iterable[tuple[int, AnyOp]]) -> str:
    there = set(seen)
    return ", ".join(str(part.op) for part in parts if (number, part.op) not in there)
