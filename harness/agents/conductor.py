"""Executes plans: applies each part at its deadline, releases it at its end, undoes everything when its holder is gone.

Each agent has an `Executor`, which does and undoes single ops; all else is here, for both agents. An op may take
seconds (on its lane): an undo that comes meanwhile runs after it, on the same lane.
"""

from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from itertools import count
from typing import Any, Final

from harness.agents.executor import Executor, Prepared, StillInForce, Tried, nothing, tried
from harness.agents.journal import Journal
from harness.agents.lanes import Lanes
from harness.agents.lease import Leases
from harness.agents.leftovers import Leftovers
from harness.agents.loop import Loop, now
from harness.agents.pending import Pending, begin
from harness.agents.played import PlayedPart, PlayedPlan, check_start, check_times
from harness.agents.preparations import Preparations
from harness.model.errors import BadValue, HarnessError
from harness.model.events import AnyEvent, Armed, OpApplied, OpReleased, PlanDone
from harness.model.ops import Alignment, AnyOp, Part
from harness.model.protocol import LEFT, Act, Arm, HeldOp
from harness.model.units import ms, s

AGAIN_NS: Final = 1 * s
SOON_NS: Final = 5 * ms
ALIGNMENT_PATIENCE_NS: Final = 10 * s


class Conductor:
    def __init__(
        self,
        loop: Loop,
        executor: Executor,
        journal: Journal,
        leases: Leases,
        emit: Callable[[AnyEvent], None],
        *,
        lanes: Lanes,
    ) -> None:
        self._loop = loop
        self._lanes = lanes
        self._executor = executor
        self._preparations = Preparations(executor, lanes)
        self._journal = journal
        self._leases = leases
        self._emit = emit
        self._plans: list[PlayedPlan] = []
        self._held: list[PlayedPart] = []  # applied (or about to be) and not yet undone, oldest first
        self._leftovers = Leftovers(loop, executor, journal, emit, lanes)

    def replay(self) -> int:
        """Undoes the ops of an earlier process's journal; returns how many. `notes` names those that failed."""
        return self._leftovers.replay(sorted(self._journal.left, key=lambda entry: entry.op.undo_rank))

    def notes(self) -> tuple[str, ...]:
        left = self._leftovers.descriptions()
        return tuple(f"{LEFT}: {what}" for what in left)

    async def undo_left(self) -> tuple[str, ...]:
        """Tries again now to undo what an earlier process left. Returns what is still left, and why."""
        return await self._leftovers.undo()

    @property
    def busy(self) -> bool:
        """Is a plan armed, or an op held, or left?"""
        return bool(self._plans or self._held or self._leftovers.held())

    def held(self) -> tuple[HeldOp, ...]:
        ours = (HeldOp(p.holder, p.plan.id, p.number, p.op, p.since_ns) for p in self._held if p.since_ns)
        return (*self._leftovers.held(), *ours)

    async def arm(self, owner: Hashable, ask: Arm) -> int:
        """Prepares and journals every part, sets the timers. Returns the start, 0 if it waits for its alignment.

        Raises `UsageError` for impossible times, `AgentError` for a missing lease or a start that has passed (also
        while the ops were prepared: no plan begins late), or what `Executor.prepare` raises. Nothing is armed then.
        """
        check_start(ask.at_ns, now(), "")
        for spec in ask.plan.parts:
            check_times(spec)
        plan = PlayedPlan(ask.plan_id, owner)
        prepared = await self._preparations.every(plan, ask.plan)
        check_start(ask.at_ns, now(), " by the time its ops are prepared")
        plan.parts = [self._ready(plan, *each) for each in zip(count(), ask.plan.parts, prepared, strict=False)]
        self._intend(plan)
        self._plans.append(plan)
        if ask.plan.alignment and not ask.at_ns:
            try:
                self._await(plan, ask.plan.alignment)
            except HarnessError:
                self._cancel(plan)
                raise
            return 0
        return self._start(plan, ask.at_ns or now() + SOON_NS)

    async def act(self, ask: Act) -> int:
        """Does one act now; returns when it was acknowledged. Raises what the executor raises, also for a held op."""
        if ask.op.held:
            raise BadValue("op", type(ask.op).__name__, "an act: a held op needs a lease and a plan")
        asked = now()
        prepared = await self._preparations.one(ask.op)
        attempt = await self._try(ask.op, prepared.apply)
        if attempt.problem:
            raise attempt.problem
        self._emit(OpApplied(attempt.done, ask.plan_id, 0, ask.op, asked, attempt.begun))
        return attempt.done

    async def undo(self, owner: Hashable | None, why: str, plan_id: int | None = None) -> tuple[str, ...]:
        """Cancels and undoes all of `owner` (None: of all owners), fast ops first; with `plan_id`, only of that plan.

        Returns what could not be undone; without `owner` also what an earlier process left.
        """

        def meant(plan: PlayedPlan) -> bool:
            return owner in (None, plan.owner) and plan_id in (None, plan.id)

        self._preparations.undo(meant)
        cancelled = [p for p in self._plans if meant(p)]
        for plan in cancelled:
            self._cancel(plan)
        parts = sorted((p for p in self._held if meant(p.plan)), key=lambda p: p.op.undo_rank)
        releases = [self._release(part, now(), why) for part in parts]
        left = await self._leftovers.undo() if owner is None and plan_id is None else ()
        problems = [problem for each in releases if (problem := await each)]
        for plan in cancelled:
            self._emit(PlanDone(now(), plan.id, undone=True))
        return (*left, *problems)

    def lost(self, node: str) -> None:
        """A node has ended, and with it the effects of ops on it: releases them now (why: restart)."""
        for part in [p for p in self._held if p.op.place == node]:
            begin(self._lose(part))

    async def _lose(self, part: PlayedPart) -> None:
        pending = part.timer is not None and not part.timer.cancelled
        await self._release(part, now(), "restart")
        if pending:
            self._count_down(part.plan)

    def _intend(self, plan: PlayedPlan) -> None:
        """All parts or none: an entry of a plan that is not armed would never be closed."""
        try:
            for part in plan.parts:
                if not part.act:
                    part.entry = self._journal.intend(part.holder, part.op, part.prepared.before)
        except OSError:
            for part in plan.parts:
                self._journal.close(part.entry)
            raise

    async def _try(self, op: AnyOp, work: Callable[[], None]) -> Tried:
        return await self._lanes.do(op.lane, partial(tried, work))

    def _ready(self, plan: PlayedPlan, number: int, part: Part, prepared: Prepared) -> PlayedPart:
        if not part.op.held:
            return PlayedPart(plan.owner, "", plan, number, part, prepared)
        holder = self._leases.holder(plan.owner, part.op)
        self._leftovers.refuse(part.op)
        return PlayedPart(plan.owner, holder, plan, number, part, prepared)

    def _await(self, plan: PlayedPlan, alignment: Alignment) -> None:
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

    def _never(self, plan: PlayedPlan, alignment: Alignment) -> None:
        plan.stop_waiting()
        where = " or ".join(alignment.ports)
        error = f"no advert of vrid {alignment.vrid} at {where} within {ALIGNMENT_PATIENCE_NS // s} s"
        for part in plan.parts:
            self._journal.close(part.entry)
            self._emit(OpApplied(now(), plan.id, part.number, part.op, 0, 0, error))
        self._finish(plan)

    def _start(self, plan: PlayedPlan, start: int) -> int:
        for part in plan.parts:
            part.start(start)
            self._set(part, part.spec.begin_ns, self._apply)
            plan.open += part.timers
        self._emit(Armed(now(), plan.id, start))
        if not plan.parts:
            self._finish(plan)
        return start

    def _set(
        self, part: PlayedPart, t: int, call: Callable[[PlayedPart, int], Coroutine[Any, None, object]], rank: int = 0
    ) -> None:
        async def due() -> None:
            part.timer = None
            await call(part, t)
            self._count_down(part.plan)

        part.timer = self._loop.at(t, lambda: begin(due()), exact=True, rank=rank)

    async def _apply(self, part: PlayedPart, asked: int) -> None:
        """Adds the op to `_held` before it is applied, so that a concurrent undo finds it."""
        if not part.act:
            self._held.append(part)
        attempt = await self._try(part.op, part.prepared.apply)
        if attempt.problem:
            self._failed(part, asked, attempt)
            return
        if not part.act:
            part.since_ns = attempt.done
            self._set_end(part)
        told = OpApplied(attempt.done, part.plan.id, part.number, part.op, asked, attempt.begun, holder=part.holder)
        self._emit(told)

    def _set_end(self, part: PlayedPart) -> None:
        """If it is being undone by now, because its node has ended, its end is not waited for."""
        if part.spec.end_ns is not None and part.release is None:
            self._set(part, part.spec.end_ns, self._end, part.op.undo_rank)
        elif part.spec.end_ns is not None:
            self._count_down(part.plan)

    def _failed(self, part: PlayedPart, asked: int, attempt: Tried) -> None:
        """What it has done in part, and could not take back, is held: an undo finds it."""
        if isinstance(attempt.problem, StillInForce):
            part.since_ns = attempt.done
            self._again(part, "failed")
        else:
            self._forget(part)
        error = str(attempt.problem)
        self._emit(OpApplied(attempt.done, part.plan.id, part.number, part.op, asked, attempt.begun, error))
        if part.timers > 1:
            self._count_down(part.plan)

    async def _end(self, part: PlayedPart, asked: int) -> None:
        await self._release(part, asked, "deadline")

    def _release(self, part: PlayedPart, asked: int, why: str) -> Pending[str]:
        """Undoes one held op, once; gives the reason of a failure, else "". After a failure the op stays held."""
        if part.timer:
            part.timer.cancel()
        if part.release and not part.release.done:
            return part.release
        part.release = begin(self._undo(part, asked, why))
        return part.release

    async def _undo(self, part: PlayedPart, asked: int, why: str) -> str:
        shared = any(p.op == part.op for p in self._held if p is not part and not p.releasing)
        attempt = await self._try(part.op, nothing if shared else part.prepared.undo)
        if part not in self._held:  # its `apply` was still running, and has failed
            return ""
        if not attempt.problem:
            self._forget(part)
        elif why != "undo":  # else the client is told, and asks again
            self._again(part, why)
        error = str(attempt.problem or "")
        met = None if shared or error else part.prepared.met
        self._emit(OpReleased(attempt.done, part.plan.id, part.number, part.op, asked, attempt.begun, why, error, met))
        return f"{type(part.op).__name__} on {part.op.leased}: {error}" if error else ""

    def _again(self, part: PlayedPart, why: str) -> None:
        """Undoes it a little later, unless that was done by then: it may be that no client asks for it any more."""
        part.again.cancel()
        part.again = self._loop.at(now() + AGAIN_NS, lambda: self._release(part, now(), why))

    def _forget(self, part: PlayedPart) -> None:
        part.again.cancel()
        if part in self._held:
            self._held.remove(part)
        self._journal.close(part.entry)

    def _cancel(self, plan: PlayedPlan) -> None:
        plan.stop_waiting()
        for part in plan.parts:
            if part.timer:
                part.timer.cancel()
            if part not in self._held:
                self._journal.close(part.entry)
        self._plans.remove(plan)

    def _count_down(self, plan: PlayedPlan) -> None:
        plan.open -= 1
        if plan.open == 0:
            self._finish(plan)

    def _finish(self, plan: PlayedPlan) -> None:
        if plan in self._plans:
            self._plans.remove(plan)
            self._emit(PlanDone(now(), plan.id))
