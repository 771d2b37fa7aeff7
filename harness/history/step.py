"""One step of one trial: its window and what was done in it, read from the history's own marks."""

from dataclasses import dataclass

from harness.history.timeline import Interval
from harness.model.events import OpApplied, OpReleased
from harness.model.limits import Limits

READ_TIMEOUT_NS = 2_000_000_000
"""The prober's timeout: an arrival's outcome is known at the latest so long after it was due."""

_LEAST_SETTLED_NS = 1_000_000_000


@dataclass(frozen=True)
class Step:
    """All instants in ns. `applied` and `released` are the ops of this step that took effect, in order of time.

    `inherited`: ops that an earlier step applied and that were still held when this one began.
    """

    trial: int
    name: str
    began_ns: int
    ends_ns: int
    limits: Limits
    first: bool  # of its trial: before it the lab was in steady state
    applied: tuple[OpApplied, ...]
    released: tuple[OpReleased, ...]
    inherited: tuple[OpApplied, ...]

    @property
    def held(self) -> tuple[OpApplied, ...]:
        """The faults that this step applied: ops that can be undone."""
        return tuple(op for op in self.applied if op.op.held)

    @property
    def _of_faults(self) -> tuple[OpApplied, ...]:
        """The ops of every plan that holds any: a fault may begin or end with an act."""
        plans = {op.plan for op in self.held}
        return tuple(op for op in self.applied if op.plan in plans)

    @property
    def in_force(self) -> tuple[OpApplied, ...]:
        """Every fault that was held during the step, of this step or an earlier one."""
        return (*self.inherited, *self.held)

    @property
    def first_effect_ns(self) -> int:
        """When the first op of a fault's plan was acknowledged; else the first act; else the begin of the step."""
        effects = self._of_faults or self.applied
        return min((op.t for op in effects), default=self.began_ns)

    @property
    def heal_ns(self) -> int | None:
        """When the last fault was released; None while one is held, also of an earlier step: then there is no heal.

        An act ends at once. Those of a fault's plan count, and in a step that applied no fault all do.
        """
        ends = [self.release_of(op) for op in self.in_force]
        acts = (op.t for op in (self._of_faults or self.applied) if not op.op.held)
        return None if None in ends else max([self.began_ns, *acts, *(end for end in ends if end is not None)])

    def release_of(self, applied: OpApplied) -> int | None:
        """When this op was released; None if not within the step."""
        same = (r.t for r in self.released if (r.plan, r.part, r.op) == (applied.plan, applied.part, applied.op))
        return next((t for t in same if t >= applied.t), None)

    @property
    def window(self) -> Interval:
        return Interval(self.began_ns, self.ends_ns)

    @property
    def watch(self) -> Interval:
        """From the first effect to the end."""
        return Interval(self.first_effect_ns, self.ends_ns)

    @property
    def before(self) -> Interval:
        """The steady state before the first effect; empty in later steps of a trial, which do not begin in one."""
        return Interval(self.began_ns, self.first_effect_ns if self.first else self.began_ns)

    @property
    def settled(self) -> Interval | None:
        """From `Limits.settle_ns` after the heal to the end; None if the watch ended before, or the fault is held."""
        heal = self.heal_ns
        begin = None if heal is None else heal + self.limits.settle_ns
        return Interval(begin, self.ends_ns) if begin is not None and begin < self.ends_ns else None

    @property
    def measured(self) -> Interval:
        """Where `success` is counted: arrivals due in the settled part, without the read timeout before its end.

        Arrivals that are due later may have no outcome yet when recording stops, bad ones more often. If less than a
        second is left, the later half of the time since the heal (or the first effect) is used.
        """
        settled = self.settled
        end = self.ends_ns - READ_TIMEOUT_NS
        if settled and end - settled.begin >= _LEAST_SETTLED_NS:
            return Interval(settled.begin, end)
        since = self.heal_ns if self.heal_ns is not None else self.first_effect_ns
        return Interval((since + self.ends_ns) // 2, self.ends_ns)

    @property
    def cut(self) -> list[Interval]:
        """When a drop of ours was in force."""
        drops = [op for op in self.in_force if (blocked := op.op.blocks) and blocked.drops_all]
        return [Interval(op.t, self.release_of(op) or self.ends_ns) for op in drops]
