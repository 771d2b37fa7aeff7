"""Plays plans: applies each part at its deadline, releases it at its end, undoes everything when its holder is gone.

An agent brings an `Executor`, which knows how to do and undo single ops; all else is here, once, for both agents.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Protocol

from harness.agents.journal import Journal
from harness.agents.lease import Leases, target_of
from harness.agents.loop import Loop, now
from harness.agents.timer import Timer
from harness.model.errors import AgentError, BadValue, HarnessError
from harness.model.events import AnyEvent, Armed, OpApplied, OpReleased, PlanDone
from harness.model.ops import (
    ACTS,
    Alignment,
    AnyOp,
    Drop,
    DropGarp,
    HaproxySet,
    LinkDown,
    Part,
    PinNeighbour,
    ServiceDown,
    Signal,
)
from harness.model.protocol import Act, Arm, HeldOp
from harness.model.units import ms, s

SOON_NS: Final = 5 * ms
ALIGNMENT_PATIENCE_NS: Final = 10 * s
LONGEST_NS: Final = 24 * 3600 * s
# Fastest inverse first.
_SPEED: Final = {Drop: 0, DropGarp: 0, Signal: 1, PinNeighbour: 2, LinkDown: 3, HaproxySet: 4, ServiceDown: 5}


class Prepared(Protocol):
    """One op, made ready before its deadline so that `apply` only has to send it.

    `before`: the value that it replaces, for the journal. Both calls raise `OSError` or `HarnessError`; a failed
    `apply` leaves nothing behind. `undo` is absolute: it may be repeated, and what is gone already is no error. A
    value is restored only if it still equals what was set.
    """

    @property
    def before(self) -> str: ...

    def apply(self) -> None: ...

    def undo(self) -> None: ...


class Executor(Protocol):
    def prepare(self, op: AnyOp) -> Prepared:
        """Raises `HarnessError` if it is knowable now that `op` cannot have an effect."""
        ...

    def restore(self, op: AnyOp, before: str) -> None:
        """Undoes what an earlier life of this agent left. Raises like `Prepared.undo`."""
        ...

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:
        """Calls `start(t)` once, when the frame at `t` matches; returns how to stop waiting. May raise `AgentError`."""
        ...


@dataclass(eq=False)
class _Part:
    owner: Hashable
    holder: str
    plan: "_Plan"
    number: int
    spec: Part
    prepared: Prepared
    entry: int = 0
    timer: Timer | None = None
    since_ns: int = 0  # 0: not applied

    @property
    def op(self) -> AnyOp:
        return self.spec.op


@dataclass(eq=False)
class _Plan:
    id: int
    owner: Hashable
    parts: list[_Part] = field(default_factory=list)
    open: int = 0  # timers still to fire
    stop_waiting: Callable[[], None] = lambda: None


class Conductor:
    def __init__(
        self, loop: Loop, executor: Executor, journal: Journal, leases: Leases, emit: Callable[[AnyEvent], None]
    ) -> None:
        self._loop = loop
        self._executor = executor
        self._journal = journal
        self._leases = leases
        self._emit = emit
        self._plans: list[_Plan] = []
        self._held: list[_Part] = []  # applied and not yet undone, oldest first

    def replay(self) -> int:
        """Undoes what the journal of an earlier life holds; returns how many. Raises what an undo raises."""
        left = list(self._journal.left)
        for entry in sorted(left, key=lambda e: _speed(e.op)):
            self._executor.restore(entry.op, entry.before)
            self._journal.close(entry.number)
        return len(left)

    def held(self) -> tuple[HeldOp, ...]:
        return tuple(HeldOp(p.holder, p.plan.id, p.number, p.op, p.since_ns) for p in self._held)

    def arm(self, owner: Hashable, ask: Arm) -> int:
        """Prepares and journals every part, sets the timers. Returns the start, 0 if it waits for its alignment.

        Raises `UsageError` for impossible times, `AgentError` for a missing lease, or what `Executor.prepare` raises.
        """
        if ask.at_ns and ask.at_ns < now():
            raise AgentError(f"the start is {(now() - ask.at_ns) / ms:.1f} ms in the past.")
        plan = _Plan(ask.plan_id, owner)
        plan.parts = [self._ready(plan, number, part) for number, part in enumerate(ask.plan.parts)]
        for part in plan.parts:
            if not isinstance(part.op, ACTS):
                part.entry = self._journal.intend(part.holder, part.op, part.prepared.before)
        self._plans.append(plan)
        if ask.plan.alignment and not ask.at_ns:
            try:
                self._await(plan, ask.plan.alignment)
            except HarnessError:
                self._cancel(plan)
                raise
            return 0
        return self._start(plan, ask.at_ns or now() + SOON_NS)

    def act(self, ask: Act) -> int:
        """Does one act now; returns when it was acknowledged. Raises what the executor raises, also for a held op."""
        if not isinstance(ask.op, ACTS):
            raise BadValue("op", type(ask.op).__name__, "an act: a held op needs a lease and a plan")
        prepared = self._executor.prepare(ask.op)
        begun = now()
        prepared.apply()
        done = now()
        self._emit(OpApplied(done, ask.plan_id, 0, ask.op, begun, begun))
        return done

    def undo(self, owner: Hashable | None, why: str) -> tuple[str, ...]:
        """Cancels and undoes all of `owner` (None: of everybody), fast ops first. Returns what could not be undone."""
        for plan in [p for p in self._plans if owner in (None, p.owner)]:
            self._cancel(plan)
        parts = sorted((p for p in self._held if owner in (None, p.owner)), key=lambda p: _speed(p.op))
        return tuple(problem for part in parts if (problem := self._release(part, now(), why)))

    def lost(self, gone: Callable[[AnyOp], bool]) -> None:
        """A node is gone, and with it what ops did to it: they are released now (why: restart)."""
        for part in [p for p in self._held if gone(p.op)]:
            pending = part.timer is not None and not part.timer.cancelled
            self._release(part, now(), "restart")
            if pending:
                self._count_down(part.plan)

    def _ready(self, plan: _Plan, number: int, part: Part) -> _Part:
        _check_times(part)
        act = isinstance(part.op, ACTS)
        holder = "" if act else self._leases.holder(plan.owner, part.op)
        return _Part(plan.owner, holder, plan, number, part, self._executor.prepare(part.op))

    def _await(self, plan: _Plan, alignment: Alignment) -> None:
        timeout = self._loop.at(now() + ALIGNMENT_PATIENCE_NS, lambda: self._never(plan, alignment))

        def start(t: int) -> None:
            timeout.cancel()
            self._start(plan, t + alignment.phase_ns)

        plan.stop_waiting = timeout.cancel
        stop = self._executor.aligned(alignment, start)

        def stop_waiting() -> None:
            timeout.cancel()
            stop()

        plan.stop_waiting = stop_waiting

    def _never(self, plan: _Plan, alignment: Alignment) -> None:
        plan.stop_waiting()
        error = f"no advert of vrid {alignment.vrid} from {alignment.node} within {ALIGNMENT_PATIENCE_NS // s} s"
        for part in plan.parts:
            self._journal.close(part.entry)
            self._emit(OpApplied(now(), plan.id, part.number, part.op, 0, 0, error))
        self._finish(plan)

    def _start(self, plan: _Plan, start: int) -> int:
        for part in plan.parts:
            self._set(part, start + part.spec.begin_ns, self._apply)
            plan.open += _timers(part.spec)
        for part in plan.parts:
            part.spec = Part(part.op, start + part.spec.begin_ns, _absolute(part.spec.end_ns, start))
        self._emit(Armed(now(), plan.id, start))
        if not plan.parts:
            self._finish(plan)
        return start

    def _set(self, part: _Part, t: int, call: Callable[[_Part, int], None]) -> None:
        def due() -> None:
            part.timer = None
            call(part, t)
            self._count_down(part.plan)

        part.timer = self._loop.at(t, due, exact=True)

    def _apply(self, part: _Part, asked: int) -> None:
        begun = now()
        try:
            part.prepared.apply()
        except (OSError, HarnessError) as problem:
            self._failed(part, asked, begun, str(problem))
            return
        done = now()
        if not isinstance(part.op, ACTS):
            part.since_ns = done
            self._held.append(part)
        if part.spec.end_ns is not None and part.since_ns:
            self._set(part, part.spec.end_ns, self._end)
        self._emit(OpApplied(done, part.plan.id, part.number, part.op, asked, begun))

    def _failed(self, part: _Part, asked: int, begun: int, error: str) -> None:
        self._journal.close(part.entry)
        self._emit(OpApplied(now(), part.plan.id, part.number, part.op, asked, begun, error))
        if _timers(part.spec) > 1:
            self._count_down(part.plan)

    def _end(self, part: _Part, asked: int) -> None:
        self._release(part, asked, "deadline")

    def _release(self, part: _Part, asked: int, why: str) -> str:
        """Undoes one held op; returns why that failed ("": it did not). A failed one stays held, for the next undo."""
        if part.timer:
            part.timer.cancel()
        shared = any(p.op == part.op for p in self._held if p is not part)
        begun, error = now(), ""
        try:
            if not shared:
                part.prepared.undo()
        except (OSError, HarnessError) as problem:
            error = str(problem)
        done = now()
        if not error:
            self._held.remove(part)
            self._journal.close(part.entry)
        self._emit(OpReleased(done, part.plan.id, part.number, part.op, asked, begun, why, error))
        return f"{type(part.op).__name__} on {target_of(part.op)}: {error}" if error else ""

    def _cancel(self, plan: _Plan) -> None:
        plan.stop_waiting()
        for part in plan.parts:
            if part.timer:
                part.timer.cancel()
            if part not in self._held:
                self._journal.close(part.entry)
        self._plans.remove(plan)

    def _count_down(self, plan: _Plan) -> None:
        plan.open -= 1
        if plan.open == 0:
            self._finish(plan)

    def _finish(self, plan: _Plan) -> None:
        if plan in self._plans:
            self._plans.remove(plan)
            self._emit(PlanDone(now(), plan.id))


def _speed(op: AnyOp) -> int:
    return _SPEED.get(type(op), len(_SPEED))


def _absolute(end_ns: int | None, start: int) -> int | None:
    return None if end_ns is None else start + end_ns


def _timers(part: Part) -> int:
    return 1 if part.end_ns is None or isinstance(part.op, ACTS) else 2


def _check_times(part: Part) -> None:
    if not 0 <= part.begin_ns <= LONGEST_NS:
        raise BadValue("begin_ns", part.begin_ns, "from 0 to 24 hours")
    if part.end_ns is not None and not part.begin_ns < part.end_ns <= LONGEST_NS:
        raise BadValue("end_ns", part.end_ns, "later than begin_ns, at most 24 hours")
