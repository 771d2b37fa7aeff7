"""One test of a gate's battery on the model: every phase, every length; and the schedule that costs customers most."""

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Final, NamedTuple

from harness.faults import Fault
from harness.gate.battery import GateTest
from harness.model.foreseen import ForeseenTest, Worst
from harness.model.ops import Part
from harness.model.units import ms, s
from harness.search.boundary import around
from harness.search.customers import Customers, Phase, Span, Times
from harness.search.lengths import lasting, length, lengths, planned
from harness.search.mechanism import story
from harness.search.pair import lacking

ADVERTS: Final = 16  # phases
CHECKED: Final = 8  # phases of adverts, and of checks each, where a check decides
OF_HAPROXY: Final = "haproxy-"  # begins the names of its failures


class Variant(NamedTuple):
    """A test with a fault of another length. `lasts` None: as the battery does it, for good or once."""

    test: GateTest
    fault: Fault
    lasts: int | None
    parts: tuple[Part, ...]
    own: bool

    @property
    def span(self) -> Span:
        """What is judged, as `harness.gate.judge` does it: from the end of what ends."""
        ends = self.test.ends_ns
        return Span(ends, ends + self.test.watch_ns, longest=self.test.kind == "return")


class Tried(NamedTuple):
    variant: Variant
    phase: Phase
    seen: Times

    @property
    def fails(self) -> bool:
        bound = self.variant.test.bound.ns
        return any(took is None or took > bound for took in self.seen.values())

    @property
    def longest(self) -> tuple[bool, int]:
        """Orders by what customers lose."""
        return None in self.seen.values(), max((took or 0 for took in self.seen.values()), default=0)


class Between(NamedTuple):
    """Lengths, ns. None: there is no such edge, or it was not looked for."""

    low: int | None = None
    high: int | None = None


class FoundWorst(NamedTuple):
    """`test`: the same for the lab, in phase with the adverts."""

    told: ForeseenTest
    test: GateTest
    whole: bool


class GateTestOnModel:
    """`until`: of `time.monotonic`; no other length is tried then. `varied`: other lengths are tried at all.

    `whole`: every phase and length was tried.
    """

    def __init__(self, customers: Customers, test: GateTest, until: float, *, varied: bool = True) -> None:
        self._customers, self._pair, self._test = customers, customers.pair, test
        self._until, self._varied = until, varied
        self._topology = customers.pair.topology
        self._by_checks = bool(self._pair.checks_fail_ns) and test.name.startswith(OF_HAPROXY)
        self.tried: list[Tried] = []
        self._left: Iterator[tuple[Phase, Variant]] | None = None
        self.whole = False

    def unknown(self) -> str:
        """The first op of the test that the model does not have; "" if it knows all."""
        self._one(self._own(), Phase(0, 0))
        return next(iter(lacking(self._pair.world)), "")

    def holds(self) -> bool:
        """In every phase, for every length. False also if there is no time to see that."""
        own = self._own()
        variants = (own, *self._others(own))
        return all(not self._late and not self._one(variant, phase).fails for phase, variant in self._every(variants))

    def explore(self, until: float) -> None:
        """The battery's own fault in every phase; then the others, on from where it ended, as long as there is time."""
        own = self._own()
        if self._left is None:
            self.tried += [self._one(own, phase) for phase in self._phases()]
            others = self._others(own)
            self._left, self.whole = self._every(others), not others
        while time.monotonic() <= until:
            if (following := next(self._left, None)) is None:
                self.whole = True
                return
            phase, variant = following
            self.tried.append(self._one(variant, phase))

    def found(self) -> FoundWorst:
        if self._left is None:
            self.explore(self._until)
        own = [each for each in self.tried if each.variant.own]
        chosen = self._chosen()
        edges = self._edges(chosen) if chosen.fails else Between()
        worst = self._inside(chosen, edges)
        share = _share([each for each in self.tried if each.variant is chosen.variant])
        told = self._told(worst, edges, share)
        foreseen = ForeseenTest(self._test.name, len(self.tried), _ranges(own), _share(own), told)
        return FoundWorst(foreseen, self._for_lab(worst), self.whole)

    # -- which

    def _own(self) -> Variant:
        assert self._test.fault, "the pair at rest is no fault"
        fault = self._test.fault
        return Variant(self._test, fault, length(fault), planned(fault, self._topology), own=True)

    def _others(self, own: Variant) -> list[Variant]:
        every = lengths(self._pair, fine=not self._by_checks) if self._varied else ()
        return [other for ns in every if ns != own.lasts and (other := self._lasting(ns))]

    def _lasting(self, ns: int) -> Variant | None:
        """What ends is judged from its end. None: it has no length, or not so short a one."""
        assert self._test.fault
        fault = lasting(self._test.fault, ns)
        parts = planned(fault, self._topology) if fault else ()
        if not fault or not parts:
            return None
        ends = max(part.end_ns or 0 for part in parts)
        kind = self._test.kind if self._test.ends_ns else "partition"
        decides = self._test.decides and self._test.kind == "partition"
        test = self._test._replace(fault=fault, ends_ns=ends, kind=kind, decides=decides)
        return Variant(test, fault, ns, parts, own=False)

    def _phases(self) -> list[Phase]:
        """Near ones apart: what ends early has seen some of all."""
        if not self._by_checks:
            return [Phase(share, share) for share in _spread(ADVERTS)]
        return [Phase(advert, check) for advert, check in product(_spread(CHECKED), _spread(CHECKED))]

    def _every(self, variants: Sequence[Variant]) -> Iterator[tuple[Phase, Variant]]:
        yield from product(self._phases(), variants)

    @property
    def _late(self) -> bool:
        return time.monotonic() > self._until

    def _one(self, variant: Variant, phase: Phase) -> Tried:
        return Tried(variant, phase, self._customers.seen(variant.parts, phase, variant.span))

    # -- the worst

    def _chosen(self) -> Tried:
        """What the battery itself does and must hold goes first; then the length that fails in most phases."""
        failed = [each for each in self.tried if each.fails]
        if not failed:
            return max(self.tried, key=lambda each: each.longest)
        own = [each for each in failed if each.variant.own and each.variant.test.decides]
        return _central(own or _most_often(failed))

    def _edges(self, chosen: Tried) -> Between:
        """Of its length, in its phase, if there is time to look for them."""

        def fails(ns: int) -> bool:
            variant = self._lasting(ns)
            return variant is not None and self._one(variant, chosen.phase).fails

        lasts = chosen.variant.lasts
        return Between() if lasts is None or self._late else Between(*around(fails, lasts))

    def _inside(self, chosen: Tried, edges: Between) -> Tried:
        """Away from both edges: on a lab timers are late."""
        middle = (edges.low + edges.high) // 2 if edges.low and edges.high else None
        moved = self._lasting(middle) if middle else None
        if moved is None or moved.test.decides != chosen.variant.test.decides:
            return chosen
        again = self._one(moved, chosen.phase)
        return again if again.fails else chosen

    def _told(self, worst: Tried, edges: Between, share: float) -> Worst:
        seen = self._one(worst.variant, worst.phase).seen
        told, healed = story(self._pair), self._customers.healed()
        return Worst(
            schedule=self._about(worst),
            fails=worst.fails,
            share=share,
            recovery_s={vip: _s(took) for vip, took in seen.items()},
            bound_s=round(worst.variant.test.bound.ns / s, 3),
            decides=worst.variant.test.decides,
            for_good=None in seen.values() and not healed,
            from_s=_s(edges.low),
            to_s=_s(edges.high),
            own=worst.variant.own,
            story=told,
        )

    def _aligned(self, worst: Tried) -> Fault:
        phase = max(1, round(worst.phase.advert * self._pair.advert_int_ns / ms)) * ms
        return worst.variant.fault.aligned(self._pair.router.name, phase)

    def _for_lab(self, worst: Tried) -> GateTest:
        return worst.variant.test._replace(about=self._about(worst), fault=self._aligned(worst))

    def _about(self, worst: Tried) -> str:
        """A fault of another length is not what the battery's test says: that lasts for good."""
        exact = self._aligned(worst).describe()
        named = worst.variant.own or self._test.ends_ns
        return f"{self._test.about} ({exact})" if named else exact


def _spread(count: int) -> list[float]:
    """The middles of so many equal parts (a power of two), each far from the one before it."""
    order = [0]
    while len(order) < count:
        order = [2 * each for each in order] + [2 * each + 1 for each in order]
    return [(each + 0.5) / count for each in order]


def _most_often(failed: list[Tried]) -> list[Tried]:
    """Of the lengths that fail in most phases the middle one."""
    by_length: dict[int, list[Tried]] = {}
    for each in failed:
        by_length.setdefault(each.variant.lasts or 0, []).append(each)
    most = max(map(len, by_length.values()))
    often = sorted(lasts for lasts, some in by_length.items() if len(some) == most)
    return by_length[often[len(often) // 2]]


def _central(failed: list[Tried]) -> Tried:
    """In the middle of the longest run of phases that follow each other."""
    known = sorted({each.phase.advert for each in failed})
    step = min((after - before for before, after in pairwise(known)), default=1.0)
    runs = [[known[0]]]
    for before, after in pairwise(known):
        if after - before > 1.5 * step:
            runs.append([])
        runs[-1].append(after)
    longest = max(runs, key=len)
    middle = longest[len(longest) // 2]
    return next(each for each in failed if each.phase.advert == middle)


def _share(tried: list[Tried]) -> float:
    return round(sum(each.fails for each in tried) / len(tried), 3) if tried else 0.0


def _ranges(tried: list[Tried]) -> dict[str, tuple[float | None, float | None]]:
    """VIP → the shortest and the longest; None is longer than any time."""
    found: dict[str, tuple[float | None, float | None]] = {}
    for vip in tried[0].seen if tried else ():
        every = [each.seen[vip] for each in tried]
        known = [took for took in every if took is not None]
        found[vip] = (_s(min(known, default=None)), None if None in every else _s(max(known)))
    return found


def _s(ns: int | None) -> float | None:
    return None if ns is None else round(ns / s, 3)
