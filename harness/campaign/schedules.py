"""Schedules of a campaign: as people type them, and drawn from a seed. In whole milliseconds, as a test has them."""

import random
import re
from collections.abc import Callable
from itertools import islice, pairwise
from typing import Final

from harness.campaign.job import BLIPS, RANDOM, Job
from harness.faults import Fault
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.units import ms, parse_duration, typeable
from harness.search import searching
from harness.search.blip import Blip, blips, on_trunk
from harness.search.pair import SimulatedPair
from harness.search.schedule import Act, Schedule
from harness.search.words import Word

ACTS: Final = 3
PROCESS: Final = ("freeze", "hung", "stopped", "killed")
DRAWS: Final = 100  # until one fits together on a lab
VALID: Final = "FAULT for TIME [at +TIME] [& …][, TIME after an advert], such as 'freeze lb-ext-1 for 300ms'"
_TIME: Final = r"([0-9.]+ ?[a-z]+)"
_ACT: Final = re.compile(rf"(.+) for {_TIME}(?: at \+{_TIME})?")
_PHASE: Final = re.compile(rf"(.*), {_TIME} after an advert")


def text(schedule: Schedule) -> str:
    """As `parse` reads it, to the millisecond: ``freeze lb-1 for 360ms & freeze lb-2 for 1s, 45ms after an advert``."""
    whole = rounded(schedule)
    return f"{' & '.join(map(_told, whole.acts))}, {typeable(whole.phase)} after an advert"


def _told(act: Act) -> str:
    later = f" at +{typeable(act.begin)}" if act.begin else ""
    return f"{act.word} for {typeable(act.lasts)}{later}"


def parse(told: str, words: dict[str, Word]) -> Schedule:
    """Raises `BadValue` for what is no schedule, `UnknownName` for a fault that the model does not have."""
    match = _PHASE.fullmatch(told)
    acts, phase = (match[1], _time(match[2])) if match else (told, 1 * ms)
    found = rounded(Schedule(tuple(_act(each, told, words) for each in acts.split(" & ")), phase))
    if not fits(found):
        raise BadValue("the schedule", told, "one fault of a process, or of one port and direction, at a time")
    return found


def _act(told: str, whole: str, words: dict[str, Word]) -> Act:
    match = _ACT.fullmatch(told.strip())
    if not match:
        raise BadValue("the schedule", whole, VALID)
    if match[1] not in words:
        raise UnknownName("fault of a schedule", match[1], words)
    return Act(match[1], _time(match[3]) if match[3] else 0, _time(match[2]))


def _time(told: str) -> int:
    return parse_duration(told.replace(" ", ""), "a time of the schedule", least=0)


def rounded(schedule: Schedule) -> Schedule:
    """To the millisecond. No fault is shorter than one, and none begins in the instant of an advert."""
    acts = tuple(act._replace(begin=_ms(act.begin), lasts=max(ms, _ms(act.lasts))) for act in schedule.acts)
    return Schedule(acts, max(ms, _ms(schedule.phase)))


def _ms(ns: int) -> int:
    return round(ns / ms) * ms


def scheduled(job: Job, pair: SimulatedPair) -> Schedule:
    """The schedule of this trial. The same seed and trial give the same, whatever the configuration, for blips."""
    return _DRAWN[job.cell.what](job, pair) if job.cell.what in _DRAWN else parse(job.cell.what, pair.words)


def _blip(job: Job, pair: SimulatedPair) -> Schedule:
    blip = on_trunk(Blip(), pair.topology, pair.router)
    return rounded(next(blips(blip, pair.advert_int_ns, _seed(job))))


def _random(job: Job, pair: SimulatedPair) -> Schedule:
    """Up to `ACTS` faults. Two that cannot be in force together are drawn again."""
    draw = random.Random(_seed(job))  # noqa: S311 - a sample, no secret
    for schedule in islice(searching.drawn(pair, _seed(job), ACTS), DRAWS):
        acts = schedule.acts[: draw.randint(1, ACTS)]
        first = min(act.begin for act in acts)
        found = rounded(schedule._replace(acts=tuple(act._replace(begin=act.begin - first) for act in acts)))
        if fits(found) and not pair.refuses(found):
            return found
    raise UsageError(f"No schedule of {DRAWS} can be done on a lab: seed {job.seed}, trial {job.trial}.")


def fits(schedule: Schedule) -> bool:
    """One fault of a process at a time, and of each port and direction: a second would find nothing left to change."""
    spans = sorted((_changes(act.word), act.begin, act.begin + act.lasts) for act in schedule.acts)
    return all(one[0] != other[0] or one[2] + ms <= other[1] for one, other in pairwise(spans))


def _changes(word: str) -> str:
    fault, target = word.split()[:2]
    return f"process {target}" if fault in PROCESS else word


def fault_of(schedule: Schedule, words: dict[str, Word]) -> Fault:
    """As the lab gets it, but for its phase. Raises `UsageError` for faults that cannot be planned together."""
    first, *rest = (_fault(act, words) for act in schedule.acts)
    for each in rest:
        first = first & each
    return first


def _fault(act: Act, words: dict[str, Word]) -> Fault:
    fault = words[act.word].lasting(act.lasts)
    return fault.later(act.begin) if act.begin else fault


def _seed(job: Job) -> int:
    """Of one trial: trials are drawn independently, so that any shard draws its own."""
    return random.Random(f"{job.seed}/{job.trial}").getrandbits(62)  # noqa: S311 - a sample, no secret


_DRAWN: Final[dict[str, Callable[[Job, SimulatedPair], Schedule]]] = {BLIPS: _blip, RANDOM: _random}
