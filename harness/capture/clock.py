"""How far the clocks of two points are apart, by the adverts that both saw.

An advert is the same at both points if its sender, VRID, priority and the identification of its IP header are. The
difference of stamps that most of them share is the difference of the clocks: a delay on a segment is far below a
millisecond. Identifications repeat after 65,536 adverts, and some senders have none; then most pairs disagree.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final, NamedTuple

from harness.capture.sight import AdvertSight
from harness.model.units import ms

WITHIN_NS: Final = 5 * ms
_LEAST_COMMON: Final = 3
_MOST_SAME: Final = 8  # adverts with the same identification that are paired with each other


class Offset(NamedTuple):
    """`ns`: to add to the stamps of the other point. `common`: how many adverts agree on it, within `WITHIN_NS`."""

    ns: int
    common: int


def offset(reference: Iterable[AdvertSight], other: Iterable[AdvertSight]) -> Offset | None:
    """None if fewer than three adverts, or fewer than half of those that seem common, agree on one difference."""
    known: dict[tuple[object, ...], list[int]] = {}
    for sight in reference:
        same = known.setdefault(_key(sight), [])
        if len(same) < _MOST_SAME:
            same.append(sight.t)
    pairs = [[t - sight.t for t in known[_key(sight)]] for sight in other if _key(sight) in known]
    differences = sorted(each for pair in pairs for each in pair)
    if not differences:
        return None
    best = max(differences, key=lambda middle: _near(differences, middle))
    agree = _near(differences, best)
    near = differences[bisect_left(differences, best - WITHIN_NS) : bisect_right(differences, best + WITHIN_NS)]
    return Offset(near[len(near) // 2], agree) if agree >= max(_LEAST_COMMON, len(pairs) / 2) else None


def _near(differences: list[int], middle: int) -> int:
    return bisect_right(differences, middle + WITHIN_NS) - bisect_left(differences, middle - WITHIN_NS)


def _key(sight: AdvertSight) -> tuple[object, ...]:
    advert = sight.advert
    return advert.source, advert.vrid, advert.priority, advert.ident
