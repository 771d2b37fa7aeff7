"""What a model foresees for the faults of a gate's battery, in every phase, of every length; and what the lab showed.

Times are seconds without service of a VIP's customers; None: to the end of the watch.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec


class Worst(msgspec.Struct, frozen=True):
    """Of one test the schedule that costs customers most. `fails`: more than `bound_s`, which is the test's own.

    `share`: of the phases in which a fault of this length fails. `from_s`, `to_s`: between these lengths it fails in
    this phase; None: no such edge. `for_good`: still so when every announcement that was planned is out. `decides`: if
    the lab shows it, the pair is UNSAFE. `own`: the fault lasts as the battery's does. `story`: who became what, in
    order. `ended_by`: lines of keepalived.conf, each alone, with which the test fails in no phase and with no length,
    and no other test that held.
    """

    schedule: str
    fails: bool
    share: float
    recovery_s: dict[str, float | None]
    bound_s: float
    decides: bool = False
    for_good: bool = False
    from_s: float | None = None
    to_s: float | None = None
    own: bool = False
    story: str = ""
    ended_by: tuple[str, ...] = ()

    @property
    def harm(self) -> str:
        """Of the VIP that fares worst: ``192.0.2.10 is not served any more``."""
        lost = next((vip for vip, took in self.recovery_s.items() if took is None), "")
        if lost:
            return f"{lost} is not served any more{'' if self.for_good else ', until a later announcement'}"
        vip, took = max(_known(self.recovery_s), key=lambda each: each[1], default=("", 0.0))
        return f"{vip} is without service for {took:.2f} s; allowed are {self.bound_s:.2f} s"

    @property
    def said(self) -> str:
        """In one line."""
        if not self.fails:
            return f"{self.schedule}: {self.harm}"
        edges = [f"from {self.from_s:.2f} s on"] if self.from_s is not None else []
        edges += [f"up to {self.to_s:.2f} s"] if self.to_s is not None else []
        lengths = f", if it lasts {' and '.join(edges)}" if edges else ""
        phases = "in every phase" if self.share == 1 else f"in {self.share:.0%} of the phases"
        return f"{self.schedule}: {self.harm}; {phases}{lengths}"

    @property
    def ends(self) -> str:
        """What ends it on the model; "" if nothing is known."""
        return f"on the model one of these lines ends it: {'; '.join(self.ended_by)}" if self.ended_by else ""


class ForeseenTest(msgspec.Struct, frozen=True):
    """One test of the battery. `schedules`: so many phases and lengths of its fault were tried on the model.

    `recovery_s`: VIP → the shortest and the longest time over all phases, of the fault as the battery does it.
    `failing`: the share of these phases in which it fails.
    """

    name: str
    schedules: int
    recovery_s: dict[str, tuple[float | None, float | None]]
    failing: float
    worst: Worst

    @property
    def lines(self) -> Iterator[str]:
        """Of one that fails. Of the fault as the battery does it, and of another length, this is not the same."""
        other = "holds as the gate does it, in every phase; for another time it fails" if not self.failing else "fails"
        yield f"{self.name} {other}: {self.worst.said}"
        if self.worst.ends:
            yield f"{self.name}: {self.worst.ends}"


class OnLab(msgspec.Struct, frozen=True):
    """The worst schedule on the lab. `why`: its failure, or why nothing was seen.

    `test`: what the battery's own test showed of the same fault, in a phase that chance chose, where the schedule
    itself was not tried; "" if that showed nothing.
    """

    verdict: Literal["failed", "held", "not measured", "not tried"]
    trials: int = 0
    failed: int = 0
    recovery_s: dict[str, list[float | None]] = {}
    why: str = ""
    test: str = ""

    @property
    def said(self) -> str:
        if self.verdict in ("failed", "held"):
            return f"failed {self.failed} of {self.trials} times{f': {self.why}' if self.why else ''}"
        if self.test:
            return f"{self.test}; not tried in the phase that is worst on the model ({self.why})"
        return f"{self.verdict}: {self.why}"


class Foreseen(msgspec.Struct, frozen=True):
    """`worst`: the name of the test with the worst schedule of all; "" if nothing was foreseen.

    `not_foreseen`: tests, and why. `left_out`: what the pair's files ask for and the model does not have. `whole`:
    there was time for every phase and length of the grid. `disagree`: where the lab showed something else.
    """

    tests: tuple[ForeseenTest, ...] = ()
    not_foreseen: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    worst: str = ""
    schedules: int = 0
    seconds: float = 0.0
    whole: bool = True
    lab: OnLab = OnLab("not tried", why="nothing was foreseen")
    disagree: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """Begins what `lines` tells."""
        if not self.tests:
            return "Foreseen on a model: nothing"
        part = "" if self.whole else "; there was no time for every phase and length"
        return f"Foreseen on a model, which proves nothing: {self.schedules:,} schedules in {self.seconds:.0f} s{part}"

    @property
    def lines(self) -> list[str]:
        """For people; without `disagree`, which is not to be missed among them."""
        return list(self._lines())

    @property
    def of_worst(self) -> Worst | None:
        return next((each.worst for each in self.tests if each.name == self.worst), None)

    def _lines(self) -> Iterator[str]:
        for each in self.tests:
            yield from each.lines if each.worst.fails else ()
        if held := ", ".join(each.name for each in self.tests if not each.worst.fails):
            yield f"within the bounds, in every phase and for every time that was tried: {held}"
        yield from (f"not foreseen: {each}" for each in self.not_foreseen)
        yield from (f"not in the model: {each}" for each in self.left_out)
        if worst := self.of_worst:
            told = f"the worst is {self.worst}" if worst.fails else f"the longest is {self.worst}, {worst.said}"
            tried = worst.fails or self.lab.verdict != "not tried"  # the lab did the battery's own, and maybe longer
            yield f"{told}; on the lab: {self.lab.said}" if tried else told


def _known(times: Mapping[str, float | None]) -> Iterator[tuple[str, float]]:
    yield from ((vip, took) for vip, took in times.items() if took is not None)
