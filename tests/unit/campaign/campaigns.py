"""Campaigns without a lab: what a trial gives is a function of its job."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from harness.campaign import log, plan
from harness.campaign.job import Cell, Job
from harness.campaign.plan import Plan
from harness.campaign.result import Result, Status
from harness.campaign.runner import Runner
from harness.campaign.table import Table, table

A, B = Cell("blips", "", "a"), Cell("blips", "", "b")
STATUS: tuple[Status, ...] = ("as expected", "as expected", "not as expected", "invalid", "lost")


def chance(job: Job, attempt: int = 1) -> Result:
    """Drawn by the job alone; a second attempt measures more often."""
    drawn = crc32(repr((job, attempt)).encode())
    status = STATUS[drawn % (3 if attempt > 1 else len(STATUS))]
    good = {"as expected": True, "not as expected": False}.get(status)
    return Result(job, attempt, status, good, f"because {drawn % 3}" if not good else "", 1.0, "lab", "")


def result(cell: Cell, trial: int, *, good: bool, seed: int = 1) -> Result:
    return Result(Job(cell, seed, trial), 1, "as expected" if good else "not as expected", good)


class Killed(BaseException):
    """The campaign's own process, at this instant."""


class Performed:
    """`kills`: the calls, from 0, at which the campaign is killed."""

    def __init__(self, kills: Sequence[int] = (), gives: Callable[[Job, int], Result] = chance) -> None:
        self.calls = 0
        self.interrupts = 0
        self._kills, self._gives = kills, gives

    def __call__(self, job: Job, attempt: int, lab: str, kept_open: int = -1) -> Result:
        number, self.calls = self.calls, self.calls + 1
        if number in self._kills:
            raise Killed
        return self._gives(job, attempt)

    def interrupt(self) -> None:
        self.interrupts += 1


@contextmanager
def no_lab(_name: str) -> Iterator[int]:
    yield -1


def quiet(_text: str) -> None:
    """Nobody reads it."""


def done(asked: Plan, folder: Path, performed: Performed | None = None, labs: Sequence[str] = ("lab",)) -> Table:
    plan.keep(folder, asked)
    Runner(asked, folder, performed or Performed(), no_lab, quiet).run(labs)
    return told(folder)


def told(folder: Path) -> Table:
    return table(plan.read(folder), log.read(folder))
