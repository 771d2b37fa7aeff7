"""Which job a lab does next, and whether a trial that measured nothing is held against its lab. Pure."""

from collections.abc import Mapping, Sequence

from harness.campaign.job import Job
from harness.campaign.result import NOTHING, Known, Result


def chosen(free: Sequence[Job], found: Mapping[Job, Known], lab: str, *, alone: bool) -> Job | None:
    """The first of the plan that is open; those that a lab tried which was given up come last. `free`: no lab has them.

    What measured nothing on this lab is left to another one at work, as it may be this lab's fault. `alone`: none is.
    """
    of = {job: found.get(job, NOTHING) for job in free}
    left = [job for job, each in of.items() if not each.settled and (alone or each.lab != lab)]
    return min(left, key=lambda job: of[job].made - of[job].attempts, default=None)


def blames(of: Result, results: Sequence[Result]) -> bool:
    """An invalid trial of a row that was never measured says nothing of a lab that has measured other rows."""
    measured = [each for each in results if each.measured]
    row_is_sound = any(each.job.cell == of.job.cell for each in measured)
    return of.status == "lost" or row_is_sound or not any(each.lab == of.lab for each in measured)
