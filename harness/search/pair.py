"""A virtual router on the model, ready to be hurt by one schedule after the other."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from harness.faults import Fault
from harness.history.history import History
from harness.model.limits import Limits
from harness.model.ops import Part
from harness.model.topology import Topology
from harness.model.units import ms, s
from harness.search.schedule import Act, Schedule
from harness.search.words import words
from harness.simulation.nodes import Transition
from harness.simulation.queue import Kind
from harness.simulation.recorder import Recorder
from harness.simulation.settings import Settings
from harness.simulation.snapshot import Harm, Snapshot, snapshot
from harness.simulation.world import AtRest, World

AFTER: Final = 500 * ms  # beyond what a timer may take, until all must be at rest
LEAST: Final = 2 * s
TO_COME: Final = 12 * s  # announcements that are planned so far ahead are waited for
WATCH: Final = 10 * s


class Ended(NamedTuple):
    """`settled`: when the pair must be at rest. `final`: when every announcement that was planned by then is out.

    `dark_ns`: customers' time without service, summed over the vantage points.
    """

    settled: Snapshot
    final: Snapshot
    dark_ns: int
    took_over: bool

    @property
    def harm(self) -> Harm | None:
        """What is wrong for good."""
        return self.final.harm


class SimulatedPair:
    """`router`: whose phase a schedule means, and whose nodes and caches words are about; the others are at rest."""

    def __init__(self, topology: Topology, settings: Mapping[str, tuple[Settings, ...]], router: str) -> None:
        self.topology, self.router = topology, topology.virtual_router(router)
        self.settings = settings
        self.world = World(topology, settings)
        self.words = words(topology, self.router)
        self.ran = 0
        self.owners = {name: self._preferred(name) for name in topology.virtual_routers}
        self._parts: dict[tuple[str, int], tuple[Part, ...]] = {}  # (word, duration) → planned once
        mine = [one.vrrp for one in self.world.nodes.of(router)]
        self.advert_int_ns = max(vrrp.advert_int_ns for vrrp in mine)
        self.master_down_ns = max(vrrp.master_down_ns for vrrp in mine)
        delay = max(vrrp.preempt_delay_ns for vrrp in mine)
        self.settle_ns = max(LEAST, self.master_down_ns + delay + AFTER)

    @property
    def owner(self) -> str:
        return self.owners[self.router.name]

    def fault(self, schedule: Schedule) -> list[tuple[int, Fault]]:
        """Each act's begin and fault."""
        return [(act.begin, self.words[act.word].lasting(act.lasts)) for act in schedule.acts]

    def run(self, schedule: Schedule) -> Ended:
        world = self._begun(schedule)
        world.run(schedule.ends + self.settle_ns)
        settled = final = snapshot(world)
        planned = world.state.queue.times(Kind.burst, world.state.now + TO_COME)
        if settled.harm and planned:
            world.run(max(planned) + AFTER)
            final = snapshot(world)
        moved = any(each.state == "MASTER" for each in world.nodes.transitions)
        return Ended(settled, final, sum(world.dark_so_far_ns().values()), moved)

    def told(self) -> list[Transition]:
        """What the instances did in the last run."""
        return self.world.nodes.transitions

    def history(self, schedule: Schedule, limits: Limits, watch_ns: int = WATCH) -> History:
        """The same, told as the lab tells it: for every check, and for the estimator of recovery."""
        world = self._begun(schedule)
        recorder = Recorder(world, self._at_rest(schedule.phase))
        world.run(schedule.ends + watch_ns)
        return recorder.history(limits, schedule.ends + watch_ns)

    def _begun(self, schedule: Schedule) -> World:
        self.ran += 1
        self.world.begin(self._at_rest(schedule.phase))
        for act in schedule.acts:
            self.world.plan(self._planned(act))
        return self.world

    def _planned(self, act: Act) -> Iterator[Part]:
        key = (act.word, act.lasts)
        if key not in self._parts:
            self._parts[key] = self.words[act.word].lasting(act.lasts).plan(self.topology).parts
        for part in self._parts[key]:
            ends = None if part.end_ns is None else part.end_ns + act.begin
            yield Part(part.op, part.begin_ns + act.begin, ends) if act.begin else part

    def _at_rest(self, phase: int) -> dict[str, AtRest]:
        return {name: AtRest(owner, phase if name == self.router.name else 0) for name, owner in self.owners.items()}

    def _preferred(self, router: str) -> str:
        """The highest effective priority; of equals the first in the list, as `RouterLimits.preferred`."""
        return max(self.world.nodes.of(router), key=lambda one: one.priority).node
