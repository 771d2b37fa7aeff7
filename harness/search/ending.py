"""Which line of keepalived.conf ends a mechanism, and which one only moves it to other times or other faults.

A line that only moves what hurts is no remedy: the next outage is as long as it is, and comes when it comes.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from harness.search.other_times import TIMES, longer, otherwise_timed
from harness.search.pair import SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.schedule import Schedule
from harness.search.shrink import without_one

FEW: Final = 12  # phases in which a line must help, beside the schedule's own
SOME: Final = 48  # draws of other faults at other times: there may be a dozen of them for each line

Outcome = Literal["ends", "moves", "fails"]


class Ending(NamedTuple):
    """Lines that are not in force already. `ends`: nothing that was tried hurts.

    `moves`: the same faults hurt if they last longer, or come at other instants. `fails`: the schedule hurts as it
    did, or other faults hurt that did the same without the line, as they did or at other times; these are named then.
    """

    ends: tuple[str, ...]
    moves: tuple[str, ...]
    fails: tuple[str, ...]


def ending(pair: SimulatedPair, schedule: Schedule, others: Sequence[Schedule] = ()) -> Ending:
    """`others`: the same mechanism by other faults."""
    found: dict[Outcome, list[str]] = {"ends": [], "moves": [], "fails": []}
    usual = _Usual(pair)
    for remedy in REMEDIES:
        if remedy.changes(pair.settings):
            changed = pair.with_settings(remedy.on(pair.settings))
            outcome, by = _outcome(usual, changed, schedule, others)
            found[outcome].append(f"{remedy.line}, by {by.faults}" if by else remedy.line)
    return Ending(*(tuple(found[outcome]) for outcome in ("ends", "moves", "fails")))


class _Usual:
    """The pair without a line that is tried."""

    def __init__(self, pair: SimulatedPair) -> None:
        self.pair = pair
        self._known: dict[tuple[str, ...], bool] = {}

    def hurts(self, schedule: Schedule) -> bool:
        """By these faults, whenever they come. Each set of them is tried once."""
        if schedule.words not in self._known:
            self._known[schedule.words] = _hurt(self.pair, schedule) or any(
                self.pair.run(each).harm for each in otherwise_timed(schedule, self.pair) if not self.pair.refuses(each)
            )
        return self._known[schedule.words]


def _outcome(
    usual: _Usual, changed: SimulatedPair, schedule: Schedule, others: Sequence[Schedule]
) -> tuple[Outcome, Schedule | None]:
    """And the other faults that hurt with the line."""
    if _hurt(changed, schedule):
        return "fails", None
    slower = longer(schedule, changed.master_down_ns - usual.pair.master_down_ns, changed.advert_int_ns)
    if any(_hurt(changed, each) for each in slower if not changed.refuses(each)):
        return "moves", None
    if _hurts_otherwise(usual, changed, schedule, TIMES):
        return "moves", None
    by = next((each for each in others if _hurt(changed, each) or _hurts_otherwise(usual, changed, each, SOME)), None)
    return ("fails", by) if by else ("ends", None)


def _hurts_otherwise(usual: _Usual, changed: SimulatedPair, schedule: Schedule, times: int) -> bool:
    return any(_hurts_as_whole(usual, changed, each) for each in otherwise_timed(schedule, changed, times))


def _hurt(pair: SimulatedPair, schedule: Schedule) -> bool:
    """In its own phase, or in one of some others: its window may be narrower than what is between these."""
    phases = (schedule.phase, *((2 * n + 1) * pair.advert_int_ns // (2 * FEW) for n in range(FEW)))
    return any(pair.run(schedule._replace(phase=phase)).harm for phase in phases)


def _hurts_as_whole(usual: _Usual, changed: SimulatedPair, schedule: Schedule) -> bool:
    """Not if it does with one fault less, with the line and without it: that is another mechanism.

    What hurts with one fault less only since the line is there is the line's.
    """
    if changed.refuses(schedule) or not changed.run(schedule).harm:
        return False
    fewer = without_one(schedule, changed.advert_int_ns)
    return not any(_hurt(changed, less) and usual.hurts(less) for less in fewer)
