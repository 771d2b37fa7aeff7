"""Virtual routers at rest: their adverts change nothing, and are left out until something else happens. Times in ns.

At rest each backup has heard the last advert of one master and does not want its place, and no master hears another.
Each interval is then as the last one, so that timers can be set at any instant to what they would be. Only an op,
what a process is told and a process that begins or goes on can change that: each of them wakes all.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.simulation.actions import Where
from harness.simulation.instance import Instance
from harness.simulation.nodes import Nodes
from harness.simulation.settings import Settings
from harness.simulation.state import WIRE, State

PATIENCE: Final = 2  # intervals without an op, before it is looked whether all rests: a look costs as much as an advert

Numbers = tuple[int, ...]
"""Of the instances of one virtual router."""


class _Asleep(NamedTuple):
    master: Instance
    backups: tuple[Instance, ...]


class Sleep:
    """Routers whose instances are in sync groups together sleep together: a *bed*."""

    def __init__(self, state: State, nodes: Nodes) -> None:
        self._state, self._nodes = state, nodes
        self._beds = _beds(nodes.places.made)
        self._bed_of = {number: bed for bed, routers in enumerate(self._beds) for each in routers for number in each}
        self.begin()

    def begin(self) -> None:
        self._asleep: dict[int, list[_Asleep]] = {}
        self._woken = 0

    def consider(self, number: int) -> None:
        """Something happened to this instance: may the routers of its bed sleep?"""
        state, nodes = self._state, self._nodes
        if state.queue.now < self._woken + nodes.instances[number].vrrp.advert_int_ns * PATIENCE:
            return
        if nodes.packets or state.told or state.queue.race_ns or any(nodes.processes.stopped.values()):
            return
        found = list[_Asleep]()
        for numbers in self._beds[self._bed_of[number]]:
            running = [one for one in map(nodes.instances.__getitem__, numbers) if one.running]
            resting = self._resting(running)
            if resting is None:
                return
            found += resting
        self._asleep[self._bed_of[number]] = found
        for each in found:
            nodes.disarm(each.master, *each.backups)

    def wake(self) -> None:
        self._woken = self._state.now
        if self._asleep:
            for found in self._asleep.values():
                for each in found:
                    self._go_on(each)
            self._asleep.clear()

    def _resting(self, running: list[Instance]) -> list[_Asleep] | None:
        """Of one router: each master with the backups that hear it. None: something is about to change."""
        masters = [one for one in running if one.state == "MASTER"]
        if not all(map(self._fresh, masters)):
            return None
        found = [_Asleep(one, self._listeners(one)) for one in masters]
        every = sum(1 + len(each.backups) for each in found) == len(running)
        return found if every and all(_content(one, each.master) for each in found for one in each.backups) else None

    def _listeners(self, master: Instance) -> tuple[Instance, ...]:
        every = (self._nodes.instances[number] for number in self._nodes.ears.of(master))
        return tuple(one for one in every if one.running)

    def _fresh(self, master: Instance) -> bool:
        """Its adverts have taught the switches since the last op."""
        sent = master.last_sent_ns
        return sent > self._woken and master.due_ns == sent + master.vrrp.advert_int_ns

    def _go_on(self, asleep: _Asleep) -> None:
        """Timers as they would be now."""
        now, master = self._state.now, asleep.master
        interval = master.vrrp.advert_int_ns
        sent = max(0, -(-(now - master.due_ns) // interval))  # adverts that were left out
        if sent:
            master.last_sent_ns = master.due_ns + (sent - 1) * interval
            master.due_ns = master.last_sent_ns + interval
        on_its_way = sent > 0 and master.last_sent_ns + WIRE >= now
        for backup in asleep.backups:
            backup.due_ns += (sent - on_its_way) * interval
            if on_its_way:
                self._nodes.send(master, backup, master.priority, master.last_sent_ns + WIRE)
            self._nodes.arm(backup)
        self._nodes.arm(master)


def _content(one: Instance, master: Instance) -> bool:
    """A backup that took the last advert, and waits for no delay: it takes each that follows likewise."""
    if one.state != "BACKUP" or one.preempt_at_ns:
        return False
    down = one.down_ns
    heard = one.due_ns == master.last_sent_ns + WIRE + down
    return heard and down == one.master_down_ns() and down > master.vrrp.advert_int_ns


def _beds(made: Sequence[tuple[Where, Settings]]) -> list[list[Numbers]]:
    """Each with its routers."""
    routers: dict[str, list[int]] = {}
    for number, (where, _) in enumerate(made):
        routers.setdefault(where.router, []).append(number)
    beds = list[list[str]]()
    for router in routers:
        joined = [bed for bed in beds if not _groups(made, bed).isdisjoint(_groups(made, [router]))]
        beds = [bed for bed in beds if bed not in joined] + [[*(each for bed in joined for each in bed), router]]
    return [[tuple(routers[router]) for router in bed] for bed in beds]


def _groups(made: Sequence[tuple[Where, Settings]], routers: list[str]) -> set[tuple[str, str]]:
    """The (node, sync group) that their instances are in."""
    return set(_named(made, routers))


def _named(made: Sequence[tuple[Where, Settings]], routers: list[str]) -> Iterator[tuple[str, str]]:
    for where, settings in made:
        if where.router in routers and settings.vrrp.sync_group:
            yield where.node, settings.vrrp.sync_group
