"""Checks of ownership against an oracle that looks at every 10 ms by itself, over drawn stories of takes and losses.

The oracle reads the story as it was told, never the history: it shares no code with the checks.
"""

from dataclasses import dataclass
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness import checks
from harness.history import History, Step
from harness.model.ops import FlushNeighbours
from tests.histories import LB1, LB2, HistoryBuilder

TICKS: Final = 1_000  # of 10 ms: the watch
BEFORE: Final = -200
NODES: Final = (LB1, LB2)


@dataclass(frozen=True)
class Told:
    """Ticks at which each node takes or loses the VIP, in turn: lb-ext-1 begins with it. `silent`: takes unannounced.

    `stray`: (node, tick) of further gratuitous ARP.
    """

    turns: tuple[tuple[int, ...], tuple[int, ...]]
    silent: frozenset[tuple[int, int]]
    stray: frozenset[tuple[int, int]] = frozenset()

    def held(self, node: int, tick: int) -> bool:
        turned = sum(at <= tick for at in self.turns[node])
        return (turned % 2 == 0) == (node == 0)

    def gains(self) -> list[tuple[int, int]]:
        """(tick, node)."""
        return sorted((at, node) for node in (0, 1) for at in self.turns[node] if self.held(node, at))

    def owners(self, tick: int) -> int:
        return self.held(0, tick) + self.held(1, tick)

    def announced(self) -> list[tuple[int, int]]:
        """(tick, node), of the watch."""
        return [gain for gain in self.gains() if gain not in self.silent] + [(at, node) for node, at in self.stray]

    def runs(self, owners: int) -> list[tuple[int, bool]]:
        """The lengths of time, in ticks, with so many owners; and whether the end of the watch cut it off."""
        found, length = [], 0
        for tick in range(TICKS):
            length = length + 1 if self.owners(tick) == owners else 0
            last = tick == TICKS - 1
            if length and (last or self.owners(tick + 1) != owners):
                found.append((length, last))
        return found

    def story(self) -> tuple[History, Step]:
        """A flush of a cache begins the watch: it disturbs no mastership."""
        story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0)
        for node in (0, 1):
            for at in self.turns[node]:
                if self.held(node, at):
                    story.takes(NODES[node], at / 100, announces=False)
                else:
                    story.gives_up(NODES[node], at / 100)
        for at, node in self.announced():
            story.announces(NODES[node], at / 100)
        story.requests(BEFORE / 100, TICKS / 100, balancer=0)  # who answers is not told
        return story.judged()


ticks = st.integers(1, TICKS - 1)
turns = st.lists(ticks, max_size=4, unique=True).map(sorted).map(tuple)
late = st.lists(st.integers(TICKS - 60, TICKS - 1), max_size=2, unique=True).map(sorted).map(tuple)


@st.composite
def told(draw: st.DrawFn) -> Told:
    first, second = (draw(st.one_of(turns, late)) for _ in NODES)
    every = Told((first, second), frozenset())
    silent = frozenset(gain for gain in every.gains() if draw(st.booleans()))
    stray = draw(st.frozensets(st.tuples(st.sampled_from((0, 1)), ticks), max_size=2))
    return Told(every.turns, silent, stray)


def lasting(runs: list[tuple[int, bool]], allowed: int) -> str:
    if any(length > allowed for length, _ in runs):
        return "violated"
    return "inconclusive" if any(cut for _, cut in runs) else "holds"


def expected(story: Told) -> dict[str, str]:
    """By the invariants' own words: advert_int is 0.1 s, the standby's master-down 0.361 s."""
    gains, frames = story.gains(), story.announced()
    due = [(at, node) for at, node in gains if not any(n == node and at <= t <= at + 10 for t, n in frames)]
    strangers = [frame for frame in frames if not story.held(frame[1], frame[0])]
    claimed = any(tick >= 200 for tick, _ in strangers)  # an announcement is a claim; settled is 2 s after the act
    unannounced = "violated" if any(at + 10 <= TICKS for at, _ in due) else "inconclusive" if due else "holds"
    return {
        "no_owner": lasting(story.runs(0), 56),
        "dual_owner": lasting(story.runs(2), 25),
        "transitions": "violated" if gains else "holds",
        "takeover_announced": unannounced if gains else "not applicable",
        "announced_by_owner": "violated" if strangers else "holds" if frames else "not applicable",
        "single_owner": "violated"
        if claimed or any(story.owners(tick) != 1 for tick in range(200, TICKS))
        else "holds",
    }


@settings(max_examples=15)
@given(told())
@example(Told(((), ()), frozenset()))
@example(Told(((300, 990), (330,)), frozenset()))
@example(Told(((300, 395), (330, 390, 995)), frozenset({(995, 1)}), frozenset({(0, 360)})))
def test_ownership(story: Told) -> None:
    history, step = story.story()
    found = {name: checks.ALL[name](history, step).verdict for name in expected(story)}
    assert found == expected(story)
