"""The outcome of one plan, from its events alone: never from a command's return."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from harness.model.errors import AgentError
from harness.model.events import AnyEvent, OpApplied, OpReleased
from harness.model.ops import AnyOp, Part, Plan
from harness.model.outcome import FaultOutcome, PartOutcome
from harness.model.units import seconds

_Key = tuple[int, AnyOp]
_T = TypeVar("_T")


class Ledger:
    """The applied and released ops of plans. The key is plan and op: each agent numbers parts for itself.

    A plan may have the same op several times, one after the other.
    """

    def __init__(self) -> None:
        self._applied: defaultdict[_Key, list[OpApplied]] = defaultdict(list)
        self._released: defaultdict[_Key, list[OpReleased]] = defaultdict(list)

    def take(self, event: AnyEvent) -> None:
        if isinstance(event, OpApplied):
            self._applied[event.plan, event.op].append(event)
        elif isinstance(event, OpReleased) and not event.error:  # else it is still held
            self._released[event.plan, event.op].append(event)

    def unapplied(self, number: int, plan: Plan) -> str:
        """The ops that are not applied yet; empty if all are. Raises `AgentError` if one failed."""
        failed = [event for event in _of(number, self._applied) if event.error]
        if failed:
            raise AgentError("; ".join(f"{event.op} failed: {event.error}" for event in failed))
        return _missing(plan.parts, number, self._applied)

    def unreleased(self, number: int, plan: Plan) -> str:
        """The held ops that are still in force; empty if none is."""
        return _missing(_held(plan), number, self._released)

    def outcome(self, number: int, plan: Plan) -> FaultOutcome:
        """`achieved_s`: from the first effect to the last release, or to the last act; and each part that is held."""
        applied = _of(number, self._applied)
        begins = [event.t for event in applied]
        ends = [event.t for event in (*_of(number, self._released), *(each for each in applied if not each.op.held))]
        whole = seconds(max(ends) - min(begins)) if ends and not self.unreleased(number, plan) else None
        asked = seconds(plan.ends_ns) if plan.ends_ns is not None else None
        return FaultOutcome(asked, whole, None, tuple(self._parts(number, plan)))

    def _parts(self, number: int, plan: Plan) -> Iterable[PartOutcome]:
        so_far: Counter[AnyOp] = Counter()
        for part in _held(plan):
            place, key = so_far[part.op], (number, part.op)
            so_far[part.op] += 1
            begin, end = _at(self._applied[key], place), _at(self._released[key], place)
            asked = seconds(part.end_ns - part.begin_ns) if part.end_ns is not None else None
            achieved = seconds(end.t - begin.t) if begin and end else None
            yield PartOutcome(str(part.op), asked, achieved, met=end.met if end else None)


def _held(plan: Plan) -> list[Part]:
    return sorted((part for part in plan.parts if part.op.held), key=lambda part: part.begin_ns)


def _of(number: int, seen: Mapping[_Key, Sequence[_T]]) -> list[_T]:
    return [event for (plan, _), events in seen.items() if plan == number for event in events]


def _at(events: Sequence[_T], place: int) -> _T | None:
    return events[place] if place < len(events) else None


def _missing(parts: Iterable[Part], number: int, seen: Mapping[_Key, Sequence[object]]) -> str:
    wanted = Counter(part.op for part in parts)
    return ", ".join(str(op) for op, count in wanted.items() if len(seen.get((number, op), ())) < count)
