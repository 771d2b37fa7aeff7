"""When a node was master, as far as its adverts and gratuitous ARP tell: from the first to the last of them.

It may have had the VIP for longer. How a tenure ended says until when at most.
"""

from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from harness.capture.scene import Scene, Sent
from harness.model.errors import NotMeasured
from harness.model.frames import Advert
from harness.model.units import ms

End = Literal["open", "resigned", "superseded", "silent"]
"""``open``: until the capture's end. ``resigned``: by an advert of priority 0. ``superseded``: a higher advert was
there when it stopped. ``silent``: none of these; whether it still had the VIP is not known."""

LATE_NS: Final = 100 * ms
"""By how much an advert may be late, on top of a fifth of the interval."""

AT_ONCE_NS: Final = 50 * ms
"""How long keepalived needs at most to act on an advert."""

MOST: Final = 1_000


class Tenure(NamedTuple):
    first: int
    last: int
    node: str
    end: End
    rival: str = ""  # whose advert superseded it

    @property
    def given_up(self) -> bool:
        """Is it known that the node gave the VIP up?"""
        return self.end in ("resigned", "superseded")


def pause(scene: Scene) -> int:
    """The longest time between two adverts of a master that is well, in ns."""
    return scene.interval_ns + scene.interval_ns // 5 + LATE_NS


def latest(scene: Scene, tenure: Tenure) -> int | None:
    """Until when at most the node had the VIP; None if that is not known."""
    if tenure.end == "resigned":
        return _next(scene.resigned[tenure.node], tenure.last) + AT_ONCE_NS
    if tenure.end == "superseded":
        heard = scene.arrived.get(tenure.node, {}).get(tenure.rival, ())
        after = heard[bisect_left(heard, tenure.last - AT_ONCE_NS, key=itemgetter(0)) :]
        higher = (t for t, _ in after[:1])
        return max(tenure.last, next(higher, tenure.last + pause(scene))) + AT_ONCE_NS
    return scene.end if tenure.end == "open" else None


def had_until(scene: Scene, tenure: Tenure) -> int:
    """Until when at least the node had the VIP: a node that resigns had it until then, not until its last advert."""
    return _next(scene.resigned[tenure.node], tenure.last) if tenure.end == "resigned" else tenure.last


def _next(times: list[int], t: int) -> int:
    return times[bisect_left(times, t)]


@lru_cache(maxsize=8)
def tenures(scene: Scene) -> list[Tenure]:
    """Of all nodes, in order of time. Raises `NotMeasured` for more than a thousand."""
    found = sorted(tenure for node in scene.nodes for tenure in _of(scene, node))
    if len(found) > MOST:
        raise NotMeasured(
            f"{scene.vip}: mastership changed more than {MOST:,} times. Judge a part of the capture: editcap -A, -B."
        )
    return found


def taken(scene: Scene, every: list[Tenure]) -> list[Tenure]:
    """The tenures that began within the capture: not the one that the capture found when it began."""
    return [tenure for tenure in every if tenure.first > scene.begin + pause(scene)]


def turns(scene: Scene, every: list[Tenure]) -> list[int]:
    """In order, when a node became master or was seen as master for the last time, within the capture."""
    return sorted([each.first for each in taken(scene, every)] + [each.last for each in every if each.end != "open"])


def rivalries(every: list[Tenure]) -> list[tuple[Tenure, Tenure]]:
    """(earlier, later) of two nodes of which each advertised after the other had begun to."""
    return [
        (one, other)
        for i, one in enumerate(every)
        for other in every[i + 1 :]
        if one.node != other.node and other.first < one.last - AT_ONCE_NS
    ]


def _of(scene: Scene, node: str) -> list[Tenure]:
    resigned = scene.resigned[node]
    signs = sorted({*scene.adverts[node], *scene.garps[node]})
    breaks = [
        i + 1
        for i, (a, b) in enumerate(pairwise(signs))
        if b - a > 5 * scene.interval_ns // 2 or bisect_left(resigned, a) < bisect_left(resigned, b)
    ]
    pieces = [signs[a:b] for a, b in pairwise([0, *breaks, len(signs)]) if b > a]
    return [_ended(scene, node, piece[0], piece[-1]) for piece in pieces]


def _ended(scene: Scene, node: str, first: int, last: int) -> Tenure:
    resigned = scene.resigned[node]
    if bisect_left(resigned, last) < bisect_right(resigned, last + pause(scene)):
        return Tenure(first, last, node, "resigned")
    for rival in scene.nodes:
        if rival != node and _superseded(scene, node, rival, last):
            return Tenure(first, last, node, "superseded", rival)
    return Tenure(first, last, node, "open" if last >= scene.end - pause(scene) else "silent")


def _superseded(scene: Scene, node: str, rival: str, last: int) -> bool:
    """Did a higher advert of `rival` reach the node (or, without a point there, any point) when it stopped?"""
    own = scene.sent[node]
    index = bisect_right(own, last, key=itemgetter(0))
    told = own[max(0, index - 1) : index]
    heard = scene.arrived[node][rival] if scene.seen_at(node) else scene.sent[rival]
    near = _between(heard, last - AT_ONCE_NS, last + pause(scene))
    return bool(told) and any(rank(sight.advert) > rank(told[0][1].advert) for _, sight in near)


def _between(sent: list[Sent], begin: int, end: int) -> list[Sent]:
    return sent[bisect_left(sent, begin, key=itemgetter(0)) : bisect_right(sent, end, key=itemgetter(0))]


def rank(advert: Advert) -> tuple[int, tuple[int, ...]]:
    """Of two masters the one with the higher priority stays; of equals the one with the higher address."""
    return advert.priority, tuple(map(int, advert.source.split(".")))
