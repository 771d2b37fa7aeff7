"""A step's fault as it was asked for and as it was: measured, never assumed from a command's return."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from harness.history import History, Step
from harness.history.wire import Bracket, bracket, release_bracket
from harness.model.events import AdvertSeen, AnyEvent, MarkerSeen, OpApplied, OpReleased
from harness.model.ops import Blocked, Delay, Drop
from harness.model.outcome import FaultOutcome, PartOutcome
from harness.model.units import s, seconds

_WIDEST_WINDOW_NS = s // 2


class HeldOp(NamedTuple):
    """One op of the fault. `begin`, `end`: brackets by captured frames; (None, None) without frames."""

    applied: OpApplied
    released: OpReleased | None
    begin: Bracket
    end: Bracket
    measured: bool  # a measuring stream crossed the lab when it began

    @property
    def met(self) -> int | None:
        """How many frames it met. None: not counted, or our own measuring stream may be among them."""
        if self.released is None or (self.measured and isinstance(self.applied.op, Drop | Delay)):
            return None
        return self.released.met

    @property
    def inside_brackets(self) -> bool:
        """Do frames agree with the acknowledgements (the rule of `harness.history.wire`)? True without frames."""
        turns: list[tuple[OpApplied | OpReleased, Bracket]] = [(self.applied, self.begin)]
        if self.released:
            turns.append((self.released, self.end))
        return all(_agrees(acted, seen) for acted, seen in turns)

    def outcome(self) -> PartOutcome:
        op, released = str(self.applied.op), self.released
        if released is None:
            return PartOutcome(op, None, None)
        asked_s = seconds(released.asked_ns - self.applied.asked_ns) if released.why == "deadline" else None
        return PartOutcome(op, asked_s, seconds(released.t - self.applied.t), _wire(self.begin, self.end), self.met)


def held_parts(history: History, step: Step) -> list[HeldOp]:
    """Every held op of the step, with its brackets."""
    return [_held(_at_its_switch(history, applied), step, applied) for applied in step.held]


def fault_outcome(history: History, step: Step) -> FaultOutcome | None:
    """The fault from its first effect to its last release; None for a step without a fault."""
    parts = held_parts(history, step)
    if not parts:
        return None
    first = min(parts, key=lambda part: part.applied.t)
    ends = [(part.released, part.end) for part in parts if part.released]
    if len(ends) < len(parts):
        return FaultOutcome(None, None, None, tuple(part.outcome() for part in parts))
    last, last_end = max(ends, key=lambda end: end[0].t)
    asked = all(released.why == "deadline" for released, _ in ends)
    return FaultOutcome(
        asked_s=seconds(last.asked_ns - first.applied.asked_ns) if asked else None,
        achieved_s=seconds(last.t - first.applied.t),
        wire_s=_wire(first.begin, last_end),
        parts=tuple(part.outcome() for part in parts),
    )


def _held(events: Sequence[AnyEvent], step: Step, applied: OpApplied) -> HeldOp:
    end = step.release_of(applied)
    op, blocked = applied.op, applied.op.blocks
    released = next((r for r in step.released if r.t == end and (r.plan, r.op) == (applied.plan, op)), None)
    if blocked is None or blocked.announced or blocked.adverts == "multicast":  # it is not told where an advert went
        return HeldOp(applied, released, (None, None), (None, None), _measured(events, applied.t))
    window = min(_WIDEST_WINDOW_NS, ((end or step.ends_ns) - applied.t) * 9 // 10)
    begin = bracket(_near(events, applied.t, window, blocked), blocked, applied.t, window)
    return HeldOp(applied, released, begin, _end_bracket(events, blocked, end, window), _measured(events, applied.t))


def _at_its_switch(history: History, applied: OpApplied) -> Sequence[AnyEvent]:
    """All events; for an op on a link of a ring only frames at that switch: copies of them go the other way around."""
    blocked, topology = applied.op.blocks, history.topology
    if blocked is None or blocked.port not in topology.ring_ports:
        return history.events
    ports = frozenset(topology.ports_on(topology.switch_of(blocked.port)))
    return [event for event in history.events if not isinstance(event, MarkerSeen | AdvertSeen) or event.port in ports]


def _measured(events: Sequence[AnyEvent], instant: int) -> bool:
    return any(isinstance(event, MarkerSeen) for event in _around(events, instant, _WIDEST_WINDOW_NS))


def _around(events: Sequence[AnyEvent], instant: int, window: int) -> Sequence[AnyEvent]:
    at = attrgetter("t")
    return events[bisect_left(events, instant - window, key=at) : bisect_right(events, instant + window, key=at)]


def _end_bracket(events: Sequence[AnyEvent], blocked: Blocked, end: int | None, window: int) -> Bracket:
    return (None, None) if end is None else release_bracket(_near(events, end, window, blocked), blocked, end, window)


def _near(events: Sequence[AnyEvent], instant: int, window: int, blocked: Blocked) -> Sequence[AnyEvent]:
    """Events around `instant` of frames that can be told apart: numbered, or a whole advert_int from each other.

    Only of frames that the op blocks.

    No ARP: keepalived sends its gratuitous ARPs 30 µs apart, so that one before a drop looks like another behind it.
    """
    kinds = AdvertSeen if blocked.adverts else MarkerSeen | AdvertSeen
    return [event for event in _around(events, instant, window) if isinstance(event, kinds)]


def _agrees(acted: OpApplied | OpReleased, seen: Bracket) -> bool:
    last_as_before, first_changed = seen
    return (last_as_before is None or last_as_before <= acted.t) and (
        first_changed is None or acted.begun_ns <= first_changed
    )


def _wire(begin: Bracket, end: Bracket) -> tuple[float, float] | None:
    """The shortest and the longest time that the op can have lasted, in seconds."""
    (last_passed, first_missing), (last_missing, first_passed) = begin, end
    if last_passed is None or first_missing is None or last_missing is None or first_passed is None:
        return None
    return max(0.0, seconds(last_missing - first_missing)), seconds(first_passed - last_passed)
