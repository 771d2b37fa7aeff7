"""The question that may end a campaign early: is A better than B? Answered from results in the order of the plan. Pure.

The order in which trials end, which labs did them, and how often the campaign was killed do not change the answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from harness.campaign.job import Cell, Job
from harness.campaign.plan import Plan
from harness.campaign.result import NOTHING, Known
from harness.campaign.sequential import ALPHA, BOUND, evidence, hopeless
from harness.model.errors import BadValue, UnknownName

VALID: Final = "'better A B', where A and B are two configurations, or two experiments, of the campaign"
Said = Literal["yes", "no", "open", "cannot be decided"]


class Question(NamedTuple):
    """`sides`: for each cell of A the cell of B that it is compared with."""

    a: str
    b: str
    sides: tuple[tuple[Cell, Cell], ...]


class Answer(msgspec.Struct, frozen=True):
    """`jobs`: so many jobs of the plan, from the first on, decide it; None: it is open.

    `pairs`, `wins`, `losses`: measured pairs of trials, and of those in which one side alone was good A's and B's.
    """

    question: str
    said: Said
    sentence: str
    pairs: int
    wins: int
    losses: int
    jobs: int | None


def parse(text: str, cells: Sequence[Cell]) -> Question:
    """Raises `BadValue`, or `UnknownName` for what the campaign does not have."""
    words = text.split()
    if len(words) != 3 or words[0] != "better" or words[1] == words[2]:
        raise BadValue("--until", text, VALID)
    a, b = words[1:]
    by_configuration = {each.configuration for each in cells} >= {a, b}
    if not by_configuration:
        _refuse_unknown((a, b), cells)
    sides = tuple(_sides(a, b, cells, by_configuration=by_configuration))
    if not sides:
        raise BadValue("--until", text, f"{VALID}; nothing of {a} has its counterpart of {b}")
    return Question(a, b, sides)


def _refuse_unknown(names: Sequence[str], cells: Sequence[Cell]) -> None:
    subjects = {each.subject for each in cells}
    for name in names:
        if name not in subjects:
            raise UnknownName("side of --until", name, subjects | {each.configuration for each in cells} - {""})


def _sides(a: str, b: str, cells: Sequence[Cell], *, by_configuration: bool) -> Iterator[tuple[Cell, Cell]]:
    for cell in cells:
        if (cell.configuration if by_configuration else cell.subject) == a:
            what, _, test = b.partition(":")
            other = replace(cell, configuration=b) if by_configuration else replace(cell, what=what, test=test)
            if other in cells:
                yield cell, other


class _Tally(NamedTuple):
    pairs: int = 0
    wins: int = 0
    losses: int = 0

    def with_pair(self, a: Known, b: Known) -> "_Tally":
        if a.result is None or b.result is None:
            return self
        won, lost = bool(a.result.good), bool(b.result.good)
        return _Tally(self.pairs + 1, self.wins + (won and not lost), self.losses + (lost and not won))


def answer(plan: Plan, results: Mapping[Job, Known]) -> Answer | None:
    """None without a question. Looks after each pair, and at no pair before all jobs before it are over."""
    if not plan.until:
        return None
    asked = parse(plan.until, plan.cells)
    place = {job: number for number, job in enumerate(plan.whole.jobs(), 1)}
    over, tally = _over(list(place), results), _Tally()
    left = plan.trials * len(asked.sides)
    for pair in _pairs(plan, asked):
        last = max(place[job] for job in pair)
        if last > over:
            return _answer(asked, "open", tally, None)
        tally, left = tally.with_pair(*(results.get(job, NOTHING) for job in pair)), left - 1
        if (said := _said(tally, left)) != "open":
            return _answer(asked, said, tally, last)
    return _answer(asked, "cannot be decided", tally, over)


def _over(jobs: list[Job], results: Mapping[Job, Known]) -> int:
    """So many jobs from the first on are over."""
    return next((number for number, job in enumerate(jobs) if not results.get(job, NOTHING).settled), len(jobs))


def _pairs(plan: Plan, asked: Question) -> Iterator[tuple[Job, Job]]:
    for trial in range(1, plan.trials + 1):
        yield from ((Job(a, plan.seed, trial), Job(b, plan.seed, trial)) for a, b in asked.sides)


def _said(tally: _Tally, left: int) -> Said:
    if evidence(tally.wins, tally.losses) >= BOUND:
        return "yes"
    if evidence(tally.losses, tally.wins) >= BOUND:
        return "no"
    return "cannot be decided" if hopeless(tally.wins, tally.losses, left) else "open"


def _answer(asked: Question, said: Said, tally: _Tally, jobs: int | None) -> Answer:
    words = {
        "yes": f"{asked.a} is better than {asked.b}",
        "no": f"{asked.a} is not better than {asked.b}: {asked.b} is better",
        "open": f"whether {asked.a} is better than {asked.b} is open",
        "cannot be decided": f"no difference between {asked.a} and {asked.b} was shown",
    }[said]
    rest = f"{asked.a} alone held in {tally.wins} of {tally.pairs} pairs of trials, {asked.b} alone in {tally.losses}"
    error = f" (at most {float(ALPHA):.0%} of such answers are wrong)" if said in ("yes", "no") else ""
    return Answer(f"better {asked.a} {asked.b}", said, f"{words}: {rest}{error}", *tally, jobs)
