"""What a search found, tried on the lab: each schedule, both sides of each boundary, and each line that ends it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from harness.campaign.carry_out import CarriedOut, On, carry_out, check_files
from harness.campaign.changed import with_line
from harness.campaign.contents import sealed
from harness.campaign.job import Cell
from harness.campaign.plan import Plan
from harness.campaign.schedules import fits, rounded, text
from harness.campaign.table import Row
from harness.model.errors import UsageError
from harness.model.units import ms
from harness.search.boundary import edges
from harness.search.mechanism import Mechanism, kind
from harness.search.pair import SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.schedule import Schedule
from harness.search.shrink import with_act

MARGIN: Final = 20 * ms  # from a boundary: timers are late by a few milliseconds on the lab


class Variant(NamedTuple):
    """`hurts`: what the model foresees, under that configuration. `line`: that was changed for it; "": none."""

    what: str
    schedule: Schedule
    line: str
    hurts: bool


class Confirmed(msgspec.Struct, frozen=True):
    """`as_foreseen` of `measured` trials came out as the model foresees: a split for good, or none."""

    mechanism: int
    what: str
    schedule: str
    configuration: str
    hurts: bool
    as_foreseen: int
    measured: int
    unmeasured: int


class Confirmation(msgspec.Struct, frozen=True):
    """`untried`: what the lab cannot do, and why."""

    trials: int
    rows: tuple[Confirmed, ...]
    untried: tuple[str, ...]
    left: int

    @property
    def exit_code(self) -> int:
        """3 if something was not tried, or not in every trial; 1 if one trial came out otherwise than foreseen."""
        if self.untried or any(row.measured < self.trials for row in self.rows):
            return 3
        return int(any(row.as_foreseen < row.measured for row in self.rows))


def variants(pair: SimulatedPair, found: Mechanism) -> Iterator[Variant]:
    """Away from the edges, then on both sides of each, then with each line that ends it."""
    inside = rounded(found.inside)
    yield _foreseen(pair, "the schedule", inside)
    for number in range(len(inside.acts)):
        yield from (_foreseen(pair, what, each) for what, each in _around(pair, found, inside, number))
    for remedy in REMEDIES:
        if remedy.line in found.ended_by:
            other = SimulatedPair(pair.topology, remedy.on(pair.settings), pair.router.name)
            yield _foreseen(other, f"with {remedy.line}", inside, remedy.line)


def _foreseen(pair: SimulatedPair, what: str, schedule: Schedule, line: str = "") -> Variant:
    return Variant(what, schedule, line, pair.run(schedule).harm is not None)


def _around(pair: SimulatedPair, found: Mechanism, inside: Schedule, number: int) -> Iterator[tuple[str, Schedule]]:
    act = inside.acts[number]
    edge = edges(inside, number, lambda schedule: kind(pair, schedule) == found.kind)
    for side, at in (("shortest", edge.low), ("longest", edge.high)):
        for more, lasts in () if at is None else (("below", at - MARGIN), ("above", at + MARGIN)):
            schedule = rounded(with_act(inside, number, act._replace(lasts=lasts)))
            if lasts > 0 and fits(schedule) and not pair.refuses(schedule):
                yield f"{more} the {side} {act.word}", schedule


class _Asked(NamedTuple):
    mechanism: int
    variant: Variant
    cell: Cell


def confirm(
    pair: SimulatedPair, found: Sequence[Mechanism], configuration: str, on: On, *, trials: int, folder: Path
) -> tuple[Confirmation, bool]:
    """`trials` of each variant, as one campaign in `folder`. With whether it was interrupted. Raises as `carry_out`."""
    untried = list[str]()
    asked = list(_asked(pair, found, configuration, folder, untried))
    cells = tuple(dict.fromkeys(each.cell for each in asked))
    plan = Plan(cells, trials, 1)
    if cells:
        check_files(plan, on)
    done = carry_out(plan, folder / f"{plan.name}-{sealed(plan).digest}", on) if cells else None
    return _told(asked, trials, done, untried), bool(done and done.interrupted)


def _asked(
    pair: SimulatedPair, found: Sequence[Mechanism], configuration: str, folder: Path, untried: list[str]
) -> Iterator[_Asked]:
    for number, mechanism in enumerate(found, 1):
        if mechanism.owner not in ("", pair.owner):
            untried.append(f"{number}: it begins with {mechanism.owner} as the owner, and the lab with {pair.owner}")
            continue
        for variant in variants(pair, mechanism):
            try:
                name = _configuration(configuration, variant, folder)
            except UsageError as error:
                untried.append(f"{number}, {variant.what}: {error}")
            else:
                yield _Asked(number, variant, Cell(text(variant.schedule), "", name))


def _configuration(configuration: str, variant: Variant, folder: Path) -> str:
    return with_line(configuration, variant.line, folder / "configurations") if variant.line else configuration


def _told(asked: Sequence[_Asked], trials: int, done: CarriedOut | None, untried: Sequence[str]) -> Confirmation:
    rows = {Cell(row.what, "", row.configuration): row for row in done.table.rows} if done else {}
    confirmed = tuple(_confirmed(each, rows[each.cell]) for each in asked)
    return Confirmation(trials, confirmed, tuple(untried), done.table.left if done else 0)


def _confirmed(asked: _Asked, row: Row) -> Confirmed:
    return Confirmed(
        asked.mechanism,
        asked.variant.what,
        row.what,
        row.configuration,
        asked.variant.hurts,
        row.measured - row.held if asked.variant.hurts else row.held,
        row.measured,
        row.unmeasured,
    )
