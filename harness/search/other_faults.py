"""The same mechanism by other faults: what ends one of them may not end the other."""

from collections import Counter
from collections.abc import Iterable, Iterator

from harness.search.schedule import Schedule
from harness.search.shrink import Still, fewer


def by_other_faults(
    schedules: Iterable[Schedule], smallest: Schedule, advert_int_ns: int, still: Still
) -> Iterator[Schedule]:
    """Of `schedules`, each with no fault too many, and by another set of faults.

    Few faults first, then those of few places: the two directions of one trunk before what needs two nodes.
    """
    known = [Counter(smallest.words)]
    for schedule in sorted(schedules, key=_faults_and_places):
        if _among(known, schedule) or not still(schedule):
            continue
        found = fewer(schedule, advert_int_ns, still)
        if not _among(known, found):
            known.append(Counter(found.words))
            yield found


def _among(known: list[Counter[str]], schedule: Schedule) -> bool:
    """Has it all the faults of one that is known, each as often?"""
    return any(words <= Counter(schedule.words) for words in known)


def _faults_and_places(schedule: Schedule) -> tuple[int, int]:
    return len(schedule.words), len({word.split()[1] for word in schedule.words})
