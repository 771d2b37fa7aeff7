"""Parts of a fault that begin after an event: armed by this process as soon as it hears of the event.

So they begin some milliseconds after it: what the agents need to tell it and to be told. The history has both instants.
"""

from collections.abc import Callable, Iterator

from harness.model import triggers
from harness.model.errors import TimedOut
from harness.model.events import AnyEvent
from harness.model.ops import Plan, Sequel
from harness.model.topology import Topology
from harness.model.units import format_duration, s

Arm = Callable[[Plan], int]
Armed = tuple[int, Plan]
"""The number under which a plan is known, and the plan."""


class Sequels:
    """Of one plan, armed at `since_ns`: events from before, such as a baseline's, are none.

    Give `take` every event. `arm_due` arms what has been triggered by them; `missing` says what has not.
    """

    def __init__(self, plan: Plan, topology: Topology, since_ns: int) -> None:
        self._topology = topology
        self._since_ns = since_ns
        self._waiting = list(plan.sequels)
        self._due: list[Sequel] = []

    def take(self, event: AnyEvent) -> None:
        for each in [w for w in self._waiting if event.t >= self._since_ns and self._meets(w, event)]:
            self._waiting.remove(each)
            self._due.append(each)

    def arm_due(self, arm: Arm) -> Iterator[Armed]:
        """Raises what `arm` raises."""
        while self._due:
            plan = self._due.pop(0).plan
            yield arm(plan), plan

    @property
    def due(self) -> bool:
        """Is there anything that `arm_due` would arm?"""
        return bool(self._due)

    @property
    def missing(self) -> str:
        """The events that are still waited for; empty: none."""
        return ", ".join(f"{each.after} has not happened" for each in (*self._due, *self._waiting))

    def expect(self, now_ns: int) -> None:
        """Raises `TimedOut` if an event has not happened in its time."""
        for each in self._waiting:
            if now_ns > self._since_ns + each.within_ns:
                raise TimedOut(str(each.after), each.within_ns / s, "it has not happened, and the fault not begun")

    def _meets(self, sequel: Sequel, event: AnyEvent) -> bool:
        return triggers.meets(sequel.after, event, self._topology)


def patience_ns(plan: Plan) -> int | None:
    """How long a plan may take in all, with the time that each event may take; None: it holds until undone."""
    ends = [plan.ends_ns, *(None if e.plan.ends_ns is None else e.within_ns + e.plan.ends_ns for e in plan.sequels)]
    return None if None in ends else max(end for end in ends if end is not None)


def described(sequel: Sequel) -> str:
    """For a dry run."""
    return f"after {sequel.after}, within {format_duration(sequel.within_ns)}"
