"""Which node has an address while some of what it watches has failed: VRRP's election, in numbers.

Sources: RFC 9568 section 6.4; vrrp_set_effective_priority() and vrrp_state_backup() in keepalived.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harness.lint._pair import Member, Router
from harness.lint._trackers import Tracker, trackers
from harness.model.keepalived import ADDRESS_OWNER


class Contender(NamedTuple):
    """A node of a virtual router with what it watches."""

    member: Member
    trackers: tuple[Tracker, ...]

    @property
    def node(self) -> str:
        return self.member.node.name

    @property
    def preempts(self) -> bool:
        return self.member.instance.preempt

    @property
    def rest(self) -> int:
        """Its priority while nothing has failed: the dump's is of its moment, and no HAProxy ran then."""
        return self.priority()

    def priority(self, failed: Sequence[Tracker] = ()) -> int:
        return self.clamped(sum(each.adds(failed=each in failed) for each in self.trackers))

    def clamped(self, added: int) -> int:
        base = self.member.instance.priority
        return base if base == ADDRESS_OWNER else max(1, min(254, base + added))


def contenders(router: Router) -> tuple[Contender, ...]:
    """The highest priority at rest first."""
    found = (Contender(member, trackers(member)) for member in router.members)
    return tuple(sorted(found, key=lambda each: -each.rest))


class Situation(NamedTuple):
    """`holder` has the address, `rivals` could take it. `gone`: nodes that must have failed before."""

    holder: Contender
    rivals: tuple[Contender, ...]
    gone: tuple[Contender, ...] = ()

    def moves(self, failed: Sequence[Tracker]) -> bool:
        """In FAULT a node gives the address up; a lower priority only lets a node that preempts take it."""
        return any(each.faults for each in failed) or self.beaten(self.holder.priority(failed))

    def beaten(self, priority: int) -> bool:
        """A backup takes an advert of its own priority as a master's: RFC 9568 section 6.4.2."""
        return any(rival.preempts and rival.rest > priority for rival in self.rivals)

    def decides(self, tracker: Tracker) -> bool:
        """Is there any set of others whose failure keeps the address, and with this one's moves it?

        The sums that the sets reach are few; the sets are not.
        """
        if tracker.faults:
            return True
        sums = {sum(each.adds(failed=False) for each in self.holder.trackers)}
        for other in self.holder.trackers:
            if other != tracker and not other.faults:
                sums |= {each + _step(other) for each in sums}
        kept = (each for each in sums if not self.beaten(self.holder.clamped(each)))
        return any(self.beaten(self.holder.clamped(each + _step(tracker))) for each in kept)


def _step(tracker: Tracker) -> int:
    """What its failure does to the priority."""
    return tracker.adds(failed=True) - tracker.adds(failed=False)


def situations(router: Router) -> Iterator[Situation]:
    """Each node that may have the address while another lives: those of higher priority allow it, or are gone."""
    every = contenders(router)
    for position, holder in enumerate(every):
        above = every[:position]
        alive = tuple(other for other in above if other.rest == holder.rest or not other.preempts)
        rivals = tuple(other for other in (*alive, *every[position + 1 :]) if other.node != holder.node)
        if rivals:
            yield Situation(holder, rivals, tuple(other for other in above if other not in alive))
