"""One fault of one node that lasts: does the other node serve its customers meanwhile, and after how long?

A pair is there to survive that. Wrong caches that stay are the rest of a search; this is what hurts while it lasts.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from harness.model.units import ms
from harness.search.deciding import may_own
from harness.search.pair import SimulatedPair
from harness.search.remedy import LASTING
from harness.search.schedule import Act

PHASES: Final = 8
CHECKS_PHASES: Final = (0.01, 0.5, 0.99)  # a check that has just run sees a fault last
LATE: Final = 500 * ms  # beyond what the pair's own timers and checks allow
UNTOLD: Final = {
    "--service haproxy": (
        "taken as succeeding", "the quorum of the process", "which stops or starts HAProxy", "files that it tracks",
        "BFD peers",
    ),
    "link-down": ("delays of carriers",),
}  # fmt: skip
"""Part of a fault's name → what a pair's files may ask for so that the model cannot know how such a fault ends."""


class Held(NamedTuple):
    """`dark_ns`: without service in the worst phase, of the customer that waits longest; None: as long as it lasts.

    `untold`: why the model cannot know; the rest means nothing then. `ended_by`: lines of keepalived.conf. `rivals`:
    nodes without a fault that own one VIP together, in some phase. `owner`: at rest, before.
    """

    word: str
    dark_ns: int | None = 0
    hurts: bool = False
    ended_by: tuple[str, ...] = ()
    untold: str = ""
    rivals: tuple[str, ...] = ()
    owner: str = ""


class _Worst(NamedTuple):
    dark_ns: int | None
    rivals: tuple[str, ...] = ()


def held(pair: SimulatedPair, left_out: Sequence[str]) -> tuple[Held, ...]:
    """Each fault of a node of the router. Empty if no customer asks for its VIPs."""
    return tuple(_held(pair, word, left_out) for word in _of_nodes(pair)) if pair.customers else ()


def _of_nodes(pair: SimulatedPair) -> list[str]:
    """Not a VIP that is deleted again and again: meanwhile no pair serves, and no setting helps."""
    deleted = {("address", vip.address) for vip in pair.router.vips}
    return [
        name
        for name, word in pair.words.items()
        if word.target.split(".")[0] in pair.router.nodes and word.option not in deleted
    ]


def _held(pair: SimulatedPair, word: str, left_out: Sequence[str]) -> Held:
    if untold := _untold(word, left_out):
        return Held(word, untold=untold, owner=pair.owner)
    worst = _worst(pair, word)
    hurts = _hurts(pair, worst)
    ended_by = tuple(_ended_by(pair, word)) if hurts else ()
    return Held(word, worst.dark_ns, hurts, ended_by, rivals=worst.rivals, owner=pair.owner)


def _untold(word: str, left_out: Sequence[str]) -> str:
    parts = (part for kind, parts in UNTOLD.items() if kind in word for part in parts)
    return next((line for part in parts for line in left_out if part in line), "")


def _worst(pair: SimulatedPair, word: str) -> _Worst:
    """Of all phases."""
    act = Act(word, 0, pair.settle_ns + pair.checks_fail_ns + pair.waits_ns)
    phases = ((2 * n + 1) * pair.advert_int_ns // (2 * PHASES) for n in range(PHASES))
    longest, rivals, faulty = 0, set[str](), pair.words[word].target.split(".")[0]
    for phase, checks_phase in product(phases, CHECKS_PHASES if pair.checks_fail_ns else CHECKS_PHASES[:1]):
        dark = pair.meanwhile(act, phase, checks_phase)
        rivals |= pair.owning_together(faulty)
        if dark is None:
            return _Worst(None, tuple(sorted(rivals)))
        longest = max(longest, dark)
    return _Worst(longest, tuple(sorted(rivals)))


def allowed_ns(pair: SimulatedPair) -> int:
    """By its own checks and timers: how long customers may wait for the other node."""
    return pair.checks_fail_ns + pair.waits_ns + pair.master_down_ns + LATE


def _hurts(pair: SimulatedPair, worst: _Worst) -> bool:
    return worst.dark_ns is None or worst.dark_ns > allowed_ns(pair) or bool(worst.rivals)


def _ended_by(pair: SimulatedPair, word: str) -> Iterator[str]:
    """No line with which that node is not the owner at rest."""
    for remedy in LASTING:
        if remedy.changes(pair.settings):
            other = pair.with_settings(remedy.on(pair.settings))
            owners = may_own(other.world.nodes, pair.router.name)
            if pair.owner in owners and not _hurts(other, _worst(other, word)):
                yield remedy.line
