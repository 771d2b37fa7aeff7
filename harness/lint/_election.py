"""Which node has an address while some of what it watches has failed: VRRP's election, in numbers.

Sources: RFC 9568 section 6.4; vrrp_set_effective_priority() and vrrp_state_backup() in keepalived.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.lint._pair import Member, Router
from harness.lint._trackers import Tracker, trackers
from harness.model.keepalived import ADDRESS_OWNER

_DECISIVE: Final = range(-254, 254 + 2 * 254)
"""What may be added to a priority, from 1 to 254, so that a weight of at most 254 still takes it below another."""


class Contender(NamedTuple):
    """A node of a virtual router with what it watches.

    `rest`: its priority while nothing has failed. The dump's is of its moment: no HAProxy ran then.
    """

    member: Member
    trackers: tuple[Tracker, ...]
    rest: int = 0

    @property
    def node(self) -> str:
        return self.member.node.name

    @property
    def preempts(self) -> bool:
        return self.member.instance.preempt

    def priority(self, failed: Sequence[Tracker] = ()) -> int:
        return self.clamped(sum(each.adds(failed=each in failed) for each in self.trackers))

    @property
    def extent(self) -> tuple[int, int]:
        """Its lowest and its highest priority, whatever of the weighted checks fails."""
        added = [[each.adds(failed=failed) for failed in (False, True)] for each in self.trackers if not each.faults]
        return self.clamped(sum(map(min, added))), self.clamped(sum(map(max, added)))

    def clamped(self, added: int) -> int:
        base = self.member.instance.priority
        return base if base == ADDRESS_OWNER else max(1, min(254, base + added))


def contenders(router: Router) -> tuple[Contender, ...]:
    """The highest priority at rest first."""
    found = (Contender(member, trackers(member)) for member in router.members)
    rested = [each._replace(rest=each.priority()) for each in found]
    return tuple(sorted(rested, key=lambda each: -each.rest))


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

        The sums that the sets reach are few, the sets are not: bit n of `reached` stands for the sum `lowest` + n.
        """
        if tracker.faults:
            return True
        others = [each for each in self.holder.trackers if each != tracker and not each.faults]
        steps = [_step(each) for each in others]
        at_rest = sum(each.adds(failed=False) for each in self.holder.trackers)
        lowest = at_rest + sum(min(0, step) for step in steps)
        reached = 1 << (at_rest - lowest)
        for step in steps:
            reached |= reached << step if step > 0 else reached >> -step
        first = max(_DECISIVE.start, lowest)
        decisive = reached >> (first - lowest) & ((1 << len(_DECISIVE)) - 1)
        by = _step(tracker)
        return any(decisive >> n & 1 and self._turns(first + n, first + n + by) for n in range(decisive.bit_length()))

    def _turns(self, before: int, after: int) -> bool:
        return not self.beaten(self.holder.clamped(before)) and self.beaten(self.holder.clamped(after))


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
