"""A virtual router on the model, ready to be hurt by one schedule after the other."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final, NamedTuple

from harness.model.contradictions import refuse_contradictions
from harness.model.errors import BadValue
from harness.model.ops import Part
from harness.model.ops.base import named
from harness.model.topology import Topology
from harness.model.units import ms, s
from harness.search.deciding import advert_ports, deciding_ports, preferred
from harness.search.schedule import Act, Schedule
from harness.search.words import words
from harness.simulation.nodes import Transition
from harness.simulation.processes import ENDS_AFTER, START_AFTER
from harness.simulation.queue import Kind
from harness.simulation.settings import Settings
from harness.simulation.snapshot import Harm, Snapshot, snapshot
from harness.simulation.watch import Watch
from harness.simulation.world import AtRest, World

AFTER: Final = 500 * ms  # beyond what a timer may take, until all must be at rest
LEAST: Final = 2 * s
TO_COME: Final = 12 * s  # announcements that are planned so far ahead are waited for, and each pair's periodic ones
WATCH: Final = 10 * s


class Ended(NamedTuple):
    """`settled`: when the pair must be at rest. `final`: when every announcement that was planned by then is out.

    `dark_ns`: time without service until `watch_ns` after the last fault, summed over the vantage points that ask.
    `late_ns`: customers were served again only by a repeated announcement, so long after the last fault; else 0.
    """

    settled: Snapshot
    final: Snapshot
    dark_ns: int
    took_over: bool
    late_ns: int = 0

    @property
    def harm(self) -> Harm | None:
        """What is wrong for good."""
        return self.final.harm


class SimulatedPair:
    """`router`: whose phase a schedule means, what words are about, and what is judged; the others are at rest.

    `watch_ns`: after the last fault; so long customers' time without service is counted, the same for every setting.
    `owner`: at rest; without it the preferred node.
    """

    def __init__(
        self,
        topology: Topology,
        settings: Mapping[str, tuple[Settings, ...]],
        router: str,
        watch_ns: int = WATCH,
        owner: str = "",
    ) -> None:
        self.topology, self.router = topology, topology.virtual_router(router)
        self.settings, self.watch_ns = settings, watch_ns
        self._addresses = frozenset(vip.address for vip in self.router.vips)
        self._asking = [name for name, asks in topology.vantages.items() if asks.vip in self._addresses]
        self.world = World(topology, settings)
        nodes = self.world.nodes
        ports, senders = deciding_ports(topology, nodes, router), advert_ports(nodes, router)
        self.words = words(topology, self.router, ports, senders)
        self.ran = 0
        self.lacks: set[str] = set()  # ops of all runs of which the model knows nothing
        self.owners = {name: preferred(self.world.nodes, name) for name in topology.virtual_routers}
        if owner:
            self.owners[router] = owner
        self._parts: dict[tuple[str, int], tuple[Part, ...]] = {}  # (word, duration) → planned once
        mine = [one.vrrp for one in self.world.nodes.of(router)]
        self.advert_int_ns = max(vrrp.advert_int_ns for vrrp in mine)
        self.master_down_ns = max(vrrp.master_down_ns for vrrp in mine)
        delay = max(vrrp.preempt_delay_ns for vrrp in mine)
        starts = max(one.set.startup_delay_ns for one in self.world.nodes.of(router))
        starts += ENDS_AFTER + START_AFTER  # of a keepalived that was stopped for a moment
        self.settle_ns = max(LEAST, starts + self.master_down_ns + delay + self._checks_ns() + AFTER)
        self.to_come_ns = max(
            TO_COME, max(vrrp.garp_master_delay_ns + vrrp.garp_master_refresh_ns for vrrp in mine) + AFTER
        )

    def with_settings(self, settings: Mapping[str, tuple[Settings, ...]]) -> "SimulatedPair":
        """The same pair, with the same owner at rest."""
        return SimulatedPair(self.topology, settings, self.router.name, owner=self.owner)

    @property
    def over_ns(self) -> int:
        """So long a fault outlasts every timer, and the second announcement of what those timers do."""
        return self.settle_ns + self.second_ns + AFTER

    @property
    def second_ns(self) -> int:
        """From a takeover to its second announcement."""
        return max(one.vrrp.garp_master_delay_ns for one in self.world.nodes.of(self.router.name))

    @property
    def silence_ns(self) -> int:
        """A shorter silence of the owner is noticed by no standby, in no phase: master-down less one interval.

        0: it has no standby.
        """
        standbys = [one for one in self.world.nodes.of(self.router.name) if one.node != self.owner]
        return min((one.master_down_ns() - self.advert_int_ns for one in standbys), default=0)

    @property
    def checks_fail_ns(self) -> int:
        """So long a fault has made every check of its nodes fail; 0: nothing checks HAProxy."""
        return max((watch.delay_ns + watch.fall * watch.interval_ns for watch in self._watches()), default=0)

    @property
    def waits_ns(self) -> int:
        """By how much longer checks need where each run waits for a HAProxy that hangs.

        A run that is due while the one before still waits is left out: vrrp_script_thread() in vrrp_scheduler.c.
        """
        return max((watch.waits_ns + (watch.fall - 1) * _left_out_ns(watch) for watch in self._watches()), default=0)

    def _checks_ns(self) -> int:
        """What checks may need until they succeed again: a run that waits, and as many as they rise."""
        return max((watch.waits_ns + (watch.rise + 1) * watch.interval_ns for watch in self._watches()), default=0)

    def _watches(self) -> Iterator[Watch]:
        """Those that follow HAProxy."""
        every = (watch for one in self.world.nodes.instances for watch in one.set.watches)
        return (watch for watch in every if watch.follows in ("process", "connection", "answer"))

    @property
    def customers(self) -> int:
        """How many vantage points ask for a VIP of the router."""
        return len(self._asking)

    @property
    def owner(self) -> str:
        return self.owners[self.router.name]

    def run(self, schedule: Schedule) -> Ended:
        world = self._begun(schedule)
        early = self._dark_after(schedule.ends + self.watch_ns) if self.watch_ns < self.settle_ns else None
        world.run(schedule.ends + self.settle_ns)
        settled = final = snapshot(world, self._addresses)
        planned = world.state.queue.times(Kind.burst, world.state.now + self.to_come_ns) if settled.harm else []
        # Who is served now stays served: at rest nothing more happens.
        dark = early if early is not None else self._dark_after(schedule.ends + self.watch_ns if settled.harm else 0)
        late = 0
        if planned:
            world.run(max(planned) + AFTER)
            final = snapshot(world, self._addresses)
            late = 0 if final.harm else self._late_ns(schedule.ends)
        self.lacks.update(lacking(world))
        moved = any(each.state == "MASTER" and each.router == self.router.name for each in world.nodes.transitions)
        return Ended(settled, final, dark, moved, late)

    def meanwhile(self, act: Act, phase: int, checks_phase: float) -> int | None:
        """Time without service until just before its end, of the customer that waits longest; None: one waits still.

        `checks_phase`: how long ago each check ran, as a share of its interval.
        """
        world = self._begun(Schedule((act,), phase), checks_phase)
        world.run(act.begin + act.lasts - 1)
        self.lacks.update(lacking(world))
        dark = world.dark_so_far_ns()
        return max(dark[name] for name in self._asking) if all(map(world.served, self._asking)) else None

    def _late_ns(self, ends: int) -> int:
        """0 within the time that the second announcement of a takeover may need."""
        late = max((each.end for name in self._asking for each in self.world.outages(name)), default=ends) - ends
        return late if late > self.settle_ns + self.second_ns else 0

    def owning_together(self, faulty: str) -> set[str]:
        """Nodes but `faulty` that own one VIP of the router at the same time now: no fault keeps them apart."""
        owners = (set(self.world.owners(address)) - {faulty} for address in self._addresses)
        return {node for each in owners if len(each) > 1 for node in each}

    def refuses(self, schedule: Schedule) -> bool:
        """Do two of its faults act on the same thing at the same time? The lab does not begin such a schedule."""
        try:
            refuse_contradictions(chain.from_iterable(map(self._planned, schedule.acts)), self.topology)
        except BadValue:
            return True
        return False

    def told(self) -> list[Transition]:
        """What the instances did in the last run."""
        return self.world.nodes.transitions

    def _dark_after(self, until: int) -> int:
        self.world.run(until)
        dark = self.world.dark_so_far_ns()
        return sum(dark[name] for name in self._asking)

    def _begun(self, schedule: Schedule, checks_phase: float | None = None) -> World:
        """Without a phase of their own, checks are in that of the adverts."""
        self.ran += 1
        share = schedule.phase / self.advert_int_ns if checks_phase is None else checks_phase
        self.world.begin(self._at_rest(schedule.phase), share)
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


def _left_out_ns(watch: Watch) -> int:
    """Between two runs that wait, beyond the interval."""
    return watch.waits_ns // watch.interval_ns * watch.interval_ns if watch.interval_ns else 0


def lacking(world: World) -> list[str]:
    """What was done in its last run and the model does not have: ``flood of customer-1``."""
    return [f"{named(type(op))} of {op.place}" for op in world.unknown]
