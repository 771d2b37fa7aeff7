"""A pair on the model as its customers see it: for how long each VIP is not served, of any plan. Times in ns."""

from typing import NamedTuple

from harness.model.ops import Part
from harness.model.units import s
from harness.search.subject import Subject
from harness.simulation.queue import Kind
from harness.simulation.world import AtRest

Times = dict[str, int | None]
"""VIP → time without service of the customer that waits longest; None: to the end."""


class Phase(NamedTuple):
    """When a plan begins: after each owner's advert, and after each check's run, as a share of the interval."""

    advert: float
    check: float


class Span(NamedTuple):
    """Customers are looked at from `begin` to `end` after the plan's begin.

    `longest`: of several outages the longest one counts, as a gate judges a node's return; else all of them together.
    """

    begin: int
    end: int
    longest: bool = False


class Customers:
    """All virtual routers of the pair are in the same phase, and their customers are judged."""

    def __init__(self, subject: Subject) -> None:
        self.pair = subject.pair()
        self._vips = {name: vantage.vip for name, vantage in subject.topology.vantages.items()}
        own = self.pair.world.nodes
        self._intervals = {
            name: next(one for one in own.of(name) if one.node == owner).vrrp.advert_int_ns
            for name, owner in self.pair.owners.items()
        }

    def seen(self, parts: tuple[Part, ...], phase: Phase, span: Span) -> Times:
        world = self.pair.world
        self.pair.ran += 1
        world.begin(self._at_rest(phase.advert), phase.check)
        world.plan(parts)
        world.run(span.end)
        found: Times = {}
        for name, vip in self._vips.items():
            took, known = self._took(name, span), found.get(vip, 0)
            found[vip] = None if took is None or known is None else max(took, known)
        return found

    def healed(self) -> bool:
        """Is each customer of the last run served when every announcement that was planned is out?"""
        world = self.pair.world
        world.run(world.state.now + self.pair.settle_ns)
        planned = world.state.queue.times(Kind.burst, world.state.now + self.pair.to_come_ns)
        world.run(max(planned, default=0) + s)
        return all(map(world.served, self._vips))

    def _took(self, vantage: str, span: Span) -> int | None:
        world = self.pair.world
        if not world.served(vantage):
            return None
        left = [each.end - max(each.begin, span.begin) for each in world.outages(vantage) if each.end > span.begin]
        return max(left, default=0) if span.longest else sum(left)

    def _at_rest(self, share: float) -> dict[str, AtRest]:
        return {name: AtRest(owner, round(share * self._intervals[name])) for name, owner in self.pair.owners.items()}
