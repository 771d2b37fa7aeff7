"""What one attempt at a job gave, as a line of an append-only file."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from harness.campaign.job import Job

Status = Literal["as expected", "not as expected", "invalid", "lost"]
"""``invalid``: the harness itself could not measure. ``lost``: the trial's process ended without an outcome."""

MEASURED: Final[tuple[Status, ...]] = ("as expected", "not as expected")
ATTEMPTS: Final = 2  # as many as a trial of `harness run` has: one that measured nothing is done once more


class Result(msgspec.Struct, frozen=True):
    """`good`: the pair held, whatever was expected; None: not known. `why`: of what was not as expected.

    `run`: the trial's folder, beside the results. `seconds`: that the process took. `withdrawn`: a second line of an
    attempt that measured nothing: its lab was given up after it, so it does not count against the job.
    """

    job: Job
    attempt: int
    status: Status
    good: bool | None = None
    why: str = ""
    seconds: float = 0.0
    lab: str = ""
    run: str = ""
    withdrawn: bool = False

    @property
    def measured(self) -> bool:
        return self.status in MEASURED


class Known(msgspec.Struct, frozen=True):
    """Of one job: its result that counts, or None; how many attempts count; the last reason.

    `made`: attempts, withdrawn ones too. `lab`: of the last one.
    """

    result: Result | None
    attempts: int
    why: str
    made: int = 0
    lab: str = ""

    @property
    def settled(self) -> bool:
        """Is it over: measured, or given up?"""
        return self.result is not None or self.attempts >= ATTEMPTS


NOTHING: Final = Known(None, 0, "")


def known(results: Sequence[Result]) -> Mapping[Job, Known]:
    """The first result that measured something counts: a later line of the same job changes nothing."""
    table: dict[Job, Known] = {}
    withdrawn = {(each.job, each.attempt) for each in results if each.withdrawn}
    for each in (each for each in results if not each.withdrawn):
        before = table.get(each.job, NOTHING)
        if before.result is None:
            attempts = before.attempts + ((each.job, each.attempt) not in withdrawn)
            result = each if each.measured else None
            table[each.job] = Known(result, attempts, each.why, before.made + 1, each.lab)
    return table
