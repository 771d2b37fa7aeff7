"""How far the clocks of two points are apart, by the adverts that both saw.

An advert is the same at both points if its sender, VRID, priority and the identification of its IP header are. The
difference of stamps that most of them share is the difference of the clocks: a delay on a segment is far below a
millisecond. Identifications repeat after 65,536 adverts, and some senders have none; then most pairs disagree.

If both points saw an identification equally often, its adverts are the same ones; if more than a few of these disagree,
one of the two clocks was moved while both captured, or ran faster: `drift` tells which.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from harness.capture.drift import WITHIN_NS, Drift, Pair, drift
from harness.capture.sight import AdvertSight
from harness.model.errors import UsageError
from harness.model.units import s

_LEAST_COMMON: Final = 3
_MOST_SAME: Final = 8  # adverts with the same identification that are paired with each other


_TWICE: Final = 2
_STEADY: Final = 0.95  # of the adverts that are certainly the same
SET_BACK_NS: Final = 5 * s  # packets of several cards may be written in another order, but not by that much

Times = Mapping[tuple[object, ...], list[int]]


class Offset(NamedTuple):
    """`ns`: to add to the stamps of the other point. `common`: how many adverts agree on it, within `WITHIN_NS`.

    `steady`: nearly all agree. If not, one of the clocks was moved, and no difference holds for all the time; unless
    it ran faster or slower: then `drift` tells the difference at each time.
    """

    ns: int
    common: int
    steady: bool = True
    drift: Drift | None = None


def offset(reference: Iterable[AdvertSight], other: Iterable[AdvertSight]) -> Offset | None:
    """None if fewer than three adverts, or fewer than half of those that seem common, agree on one difference."""
    known, seen = _times(reference), _times(other)
    pairs = [[t - mine for t in known[key][:_MOST_SAME]] for key in seen if key in known for mine in seen[key]]
    differences = sorted(each for pair in pairs for each in pair)
    if not differences:
        return None
    best = max(differences, key=lambda middle: _near(differences, middle))
    agree = _near(differences, best)
    enough, steady = agree >= max(_LEAST_COMMON, len(pairs) / 2), _steady(known, seen, best)
    if not (enough and steady) and (runs := drift(_same(known, seen))):
        return Offset(runs.add[0], agree, drift=runs)
    if not enough:
        return None
    near = differences[bisect_left(differences, best - WITHIN_NS) : bisect_right(differences, best + WITHIN_NS)]
    return Offset(near[len(near) // 2], agree, steady)


def why_none(name: str, reference: Iterable[AdvertSight], other: Iterable[AdvertSight]) -> str:
    """Why `offset` finds none. `name`: of the reference."""
    known, seen = _times(reference), _times(other)
    common = [key for key in seen if key in known]
    if not seen:
        multicast = any(str(key[-1]).startswith("224.") for key in known)
        alone = "" if multicast or not known else f": those of {name} are unicast, to the nodes alone"
        return f"it has no adverts, by which its clock would be known{alone}"
    if not common:
        joined = "If they are consecutive files of one point, join them first: mergecap -w ONE FILE FILE"
        return f"it has no adverts in common with {name}. {joined}"
    if sum(len(seen[key]) for key in common) < _LEAST_COMMON:
        return f"it has too few adverts in common with {name}"
    if len(common) < _LEAST_COMMON:
        return "its adverts cannot be told apart from each other: their IP identification never changes"
    return f"its clock and that of {name} ran apart: no one difference fits the adverts of both"


def require_one_clock(name: str, adverts: Iterable[AdvertSight]) -> None:
    """Raises `UsageError` if the file shows the same adverts twice, on clocks of two machines: it was merged of two."""
    twice = sorted(tuple(times) for times in _times(adverts).values() if len(times) == _TWICE)
    late = [(a, b) for a, b in twice if b - a > WITHIN_NS]
    if len(late) < _LEAST_COMMON or min(b for _, b in late) > late[-1][0]:
        return  # a sender that starts anew repeats all after the last
    usual = sorted(b - a for a, b in late)[len(late) // 2]
    if sum(abs(b - a - usual) <= WITHIN_NS for a, b in late) >= _STEADY * len(twice):
        raise UsageError(
            f"{name!r} has adverts twice, {usual / s:.3f} s apart: two points with clocks of their own in one file. "
            "Give a file for each point, as it was captured: their clocks are brought together here."
        )


def require_forward(name: str, adverts: Iterable[AdvertSight]) -> None:
    """Raises `UsageError` if one sender's adverts show a time twice: no length of time in the file is known then."""
    first: dict[tuple[int, str], int] = {}
    before: dict[tuple[int, str], int] = {}
    for sight in adverts:  # in the order of the file
        sender = (sight.advert.vrid, sight.advert.source)
        begin, last = first.get(sender, sight.t), before.get(sender, sight.t)
        if last - sight.t > SET_BACK_NS and sight.t > begin:
            raise UsageError(
                f"{name!r}: the adverts of {sender[1]} go back by {(last - sight.t) / s:.3f} s, into time that it "
                "has shown already. The clock was set while it captured: judge the parts before and after that alone. "
                "If pieces were joined in another order, sort them: reordercap FILE SORTED."
            )
        first[sender], before[sender] = min(begin, sight.t), sight.t


def _steady(known: Times, seen: Times, best: int) -> bool:
    """A sender that starts anew repeats identifications: those that one point saw more often tell nothing."""
    same = [key for key in seen if len(seen[key]) == len(known.get(key, ())) <= _MOST_SAME]
    agree = [any(abs(t - mine - best) <= WITHIN_NS for t in known[key]) for key in same for mine in seen[key]]
    return sum(agree) >= _STEADY * len(agree)


def _same(known: Times, seen: Times) -> list[Pair]:
    """Of each advert that both points saw, if each saw its identification equally often."""
    return [
        (mine, t - mine)
        for key in seen
        if len(seen[key]) == len(known.get(key, ())) <= _MOST_SAME
        for mine, t in zip(seen[key], known[key], strict=True)
    ]


def _times(adverts: Iterable[AdvertSight]) -> Times:
    found: dict[tuple[object, ...], list[int]] = {}
    for sight in adverts:
        found.setdefault(_key(sight), []).append(sight.t)
    return found


def _near(differences: list[int], middle: int) -> int:
    return bisect_right(differences, middle + WITHIN_NS) - bisect_left(differences, middle - WITHIN_NS)


def _key(sight: AdvertSight) -> tuple[object, ...]:
    advert = sight.advert
    return advert.source, advert.vrid, advert.priority, advert.ident, advert.destination
