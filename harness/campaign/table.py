"""The table of a campaign: how often each cell was as expected, and what could not be measured. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from harness.campaign.job import Cell, Job
from harness.campaign.plan import Plan
from harness.campaign.question import Answer, answer
from harness.campaign.result import NOTHING, Known, Result, known
from harness.statistics import Estimate, proportion

UNMEASURED: Final = 0.3  # a larger share of a cell's trials: too little was measured, as in a run
Verdict = Literal["passed", "failed", "invalid", "unfinished"]


class Row(msgspec.Struct, frozen=True):
    """`expected` of `measured` trials were as expected, and in `held` of them the pair held. `unmeasured`: given up.

    `why`: of the first trials that were not as expected, each reason once.
    """

    what: str
    configuration: str
    expected: int
    held: int
    measured: int
    unmeasured: int
    planned: int
    share: Estimate | None
    why: tuple[str, ...]


class Table(msgspec.Struct, frozen=True):
    """`left`: jobs that are not over. `attempts`: that measured nothing, repeated ones too."""

    verdict: Verdict
    sentence: str
    rows: tuple[Row, ...]
    left: int
    attempts: int
    answer: Answer | None


MOST_REASONS: Final = 3


def table(plan: Plan, results: Sequence[Result]) -> Table:
    """Of the same results in any order it is the same. Once the question is answered, later jobs do not count."""
    found = known(results)
    said = answer(plan, found) if plan.shard.whole else None
    jobs = list(plan.jobs())
    counted = jobs if said is None or said.jobs is None else jobs[: said.jobs]
    rows = tuple(_rows(plan.cells, counted, found))
    left = sum(not found.get(job, NOTHING).settled for job in counted)
    attempts = sum(_fruitless(found.get(job, NOTHING)) for job in counted)
    verdict = _verdict(rows, left, said)
    return Table(verdict, _sentence(rows, left, attempts, said), rows, left, attempts, said)


def _rows(cells: Sequence[Cell], jobs: Sequence[Job], found: Mapping[Job, Known]) -> Iterator[Row]:
    by_cell: dict[Cell, list[Known]] = {cell: [] for cell in cells}
    for job in jobs:
        by_cell[job.cell].append(found.get(job, NOTHING))
    for cell, each in by_cell.items():
        yield _row(cell, each)


def _row(cell: Cell, trials: Sequence[Known]) -> Row:
    measured = [each.result for each in trials if each.result]
    expected = sum(each.status == "as expected" for each in measured)
    reasons = dict.fromkeys(each.why for each in measured if each.status == "not as expected")
    return Row(
        cell.subject,
        cell.configuration,
        expected,
        sum(bool(each.good) for each in measured),
        len(measured),
        sum(each.settled and each.result is None for each in trials),
        len(trials),
        proportion(expected, len(measured)) if measured else None,
        tuple(reasons)[:MOST_REASONS],
    )


def _fruitless(of: Known) -> int:
    return of.made - (of.result is not None)


def _verdict(rows: Sequence[Row], left: int, said: Answer | None) -> Verdict:
    """A question, if there is one, decides; else each trial must be as expected. Too little evidence passes nothing."""
    if left:
        return "unfinished"
    if not any(row.planned for row in rows):
        return "invalid"
    if any(row.planned and (not row.measured or row.unmeasured > UNMEASURED * row.planned) for row in rows):
        return "invalid"
    if said:
        return "passed" if said.said == "yes" else "failed"
    return "passed" if all(row.expected == row.measured for row in rows) else "failed"


def _sentence(rows: Sequence[Row], left: int, attempts: int, said: Answer | None) -> str:
    measured, expected = sum(row.measured for row in rows), sum(row.expected for row in rows)
    words = [said.sentence] if said else []
    words += [f"{expected} of {measured} trials as expected"]
    given_up = sum(row.unmeasured for row in rows)
    words += [f"{given_up} trials could not be measured"] if given_up else []
    words += [f"{attempts} attempts measured nothing"] if attempts else []
    words += [f"{left} are left"] if left else []
    return "; ".join(words)
