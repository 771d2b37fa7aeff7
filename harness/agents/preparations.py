"""The ops of a plan are prepared before it is armed; an undo that comes meanwhile counts for it, too.

To prepare an op may take longer than its client waits. A plan that was armed all the same, after that client had undone
it, would begin in the middle of something else.
"""

from collections.abc import Callable
from functools import partial

from harness.agents.executor import Executor, Prepared
from harness.agents.lanes import Lanes
from harness.agents.played import PlayedPlan
from harness.model.errors import AgentError
from harness.model.ops import AnyOp, Plan


class Preparations:
    def __init__(self, executor: Executor, lanes: Lanes) -> None:
        self._executor = executor
        self._lanes = lanes
        self._plans: list[PlayedPlan] = []

    async def one(self, op: AnyOp) -> Prepared:
        """Raises what `Executor.prepare` raises."""
        return await self._lanes.do(op.lane, partial(self._executor.prepare, op))

    async def every(self, plan: PlayedPlan, of: Plan) -> list[Prepared]:
        """One after the other. Raises `AgentError` if the plan was undone meanwhile."""
        self._plans.append(plan)
        try:
            prepared = [await self.one(part.op) for part in of.parts]
        finally:
            kept = self._forget(plan)
        if not kept:
            raise AgentError("the plan was undone while its ops were prepared.")
        return prepared

    def _forget(self, plan: PlayedPlan) -> bool:
        """False: it was undone before."""
        there = plan in self._plans
        self._plans = [each for each in self._plans if each is not plan]
        return there

    def undo(self, meant: Callable[[PlayedPlan], bool]) -> None:
        """These plans will not be armed."""
        self._plans = [plan for plan in self._plans if not meant(plan)]
