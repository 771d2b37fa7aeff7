"""Which line of keepalived.conf ends a mechanism, and which one only moves it to other times or other faults.

A line that only moves what hurts is no remedy: the next outage is as long as it is, and comes when it comes.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from harness.search.other_times import longer, otherwise_timed
from harness.search.pair import SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.schedule import Schedule
from harness.search.shrink import without_one

FEW: Final = 12  # phases in which a line must help

Outcome = Literal["ends", "moves", "fails"]


class Ending(NamedTuple):
    """Lines that are not in force already. `ends`: nothing that was tried hurts.

    `moves`: the same faults hurt if they last longer, or come at other instants. `fails`: the schedule hurts as it
    did, or other faults do the same as it did without the line; these are named then.
    """

    ends: tuple[str, ...]
    moves: tuple[str, ...]
    fails: tuple[str, ...]


def ending(pair: SimulatedPair, schedule: Schedule, others: Sequence[Schedule] = ()) -> Ending:
    """`others`: the same mechanism by other faults."""
    found: dict[Outcome, list[str]] = {"ends": [], "moves": [], "fails": []}
    for remedy in REMEDIES:
        if remedy.changes(pair.settings):
            changed = pair.with_settings(remedy.on(pair.settings))
            outcome, by = _outcome(pair, changed, schedule, others)
            found[outcome].append(f"{remedy.line}, by {by.faults}" if by else remedy.line)
    return Ending(*(tuple(found[outcome]) for outcome in ("ends", "moves", "fails")))


def _outcome(
    pair: SimulatedPair, changed: SimulatedPair, schedule: Schedule, others: Sequence[Schedule]
) -> tuple[Outcome, Schedule | None]:
    """And the other faults that hurt with the line."""
    if _hurt(changed, schedule):
        return "fails", None
    slower = longer(schedule, changed.master_down_ns - pair.master_down_ns, changed.advert_int_ns)
    if any(_hurt(changed, each) for each in slower if not changed.refuses(each)):
        return "moves", None
    if any(_hurts_as_whole(changed, each) for each in otherwise_timed(schedule, changed)):
        return "moves", None
    by = next((each for each in others if _hurt(changed, each)), None)
    return ("fails", by) if by else ("ends", None)


def _hurt(pair: SimulatedPair, schedule: Schedule) -> bool:
    phases = ((2 * n + 1) * pair.advert_int_ns // (2 * FEW) for n in range(FEW))
    return any(pair.run(schedule._replace(phase=phase)).harm for phase in phases)


def _hurts_as_whole(pair: SimulatedPair, schedule: Schedule) -> bool:
    """Not if it does with one fault less, too: that is another mechanism."""
    if pair.refuses(schedule) or not pair.run(schedule).harm:
        return False
    return not any(_hurt(pair, less) for less in without_one(schedule, pair.advert_int_ns))
