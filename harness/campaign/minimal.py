"""A schedule that differs, made smaller on the lab: each part of it is a trial of a campaign."""

from pathlib import Path
from typing import Final, NamedTuple

from harness.campaign import log
from harness.campaign.carry_out import On, carry_out, pairs
from harness.campaign.job import Cell
from harness.campaign.plan import Plan
from harness.campaign.replayed import replayed
from harness.campaign.result import Result, known
from harness.campaign.schedules import parse, text
from harness.model.errors import EnvironmentProblem, NotMeasured
from harness.search.schedule import Schedule
from harness.search.shrink import without_one

SMALLER: Final = "smaller"  # the folder of these campaigns


class Least(NamedTuple):
    """`complete`: each smaller part was measured."""

    schedule: Schedule
    complete: bool


def minimal(configuration: str, schedule: Schedule, folder: Path, on: On) -> tuple[Least, bool]:
    """Leaves one fault out at a time, for as long as what is left differs on the lab, too. With whether interrupted.

    A lab that gives up ends it, and nothing else: what was measured before is told.
    """
    pair = pairs()(configuration)
    while tried := list(dict.fromkeys(map(text, without_one(schedule, pair.advert_int_ns)))):
        plan = Plan(tuple(Cell(each, "", configuration) for each in tried), 1, 1)
        into = folder / SMALLER / plan.name
        try:
            done = carry_out(plan, into, on)
        except (NotMeasured, EnvironmentProblem) as error:
            on.say(f"{text(schedule)} is not made smaller: {error}")
            return Least(schedule, complete=False), False
        differ = _differing(into)
        smaller = next((each for each in tried if each in differ), "")
        schedule = parse(smaller, pair.words) if smaller else schedule
        if done.interrupted or not smaller:
            complete = all(row.measured for row in done.table.rows) and not done.interrupted
            return Least(schedule, complete), done.interrupted
    return Least(schedule, complete=True), False


def _differing(folder: Path) -> set[str]:
    return {each.job.cell.what for each in measured(folder) if replayed(folder / each.run).guided}


def measured(folder: Path) -> list[Result]:
    """In the order of the trials."""
    found = (each.result for each in known(log.read(folder)).values() if each.result)
    return sorted(found, key=lambda each: each.job.trial)
