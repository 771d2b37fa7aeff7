"""What the model of harness/simulation predicts for a cell, phase by phase. No lab.

Where things less than a millisecond apart decide, other orders are tried: if a result depends on them, it is a race
(`None`).
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import Final

from harness.bench.matrix.cells import BLIP, OWNER, Cell
from harness.history.timeline import Interval
from harness.lab import compose
from harness.model.units import ms, s
from harness.simulation.replay import of_files
from harness.simulation.snapshot import snapshot
from harness.simulation.state import first
from harness.simulation.world import AtRest, World

SECOND_BURST: Final = 5 * s
SETTLE: Final = 500 * ms  # as `Limits.settle`: at least 2 s, master-down and this
PHASES: Final = 100
ORDERS: Final = 4  # that are tried beside the likely one
RACE_NS: Final = 1 * ms
ROUTER: Final = "external"


@dataclass(frozen=True)
class PredictedBlip:
    """`split`: once settled, before any second burst; `split_after`: after it. None: a race decides."""

    gains: int  # how often a node took the VIP
    dual_ns: int
    gap_ns: int
    split: bool | None
    split_after: bool | None


@dataclass(frozen=True)
class Expected:
    """Over all phases, all equally likely. With races, a share lies between the two values of its range."""

    takeover: float
    split: tuple[float, float]
    split_after: tuple[float, float]
    transitions: float
    dual_s: tuple[float, float]
    gap_s: tuple[float, float]


@cache
def expected(cell: Cell, phases: int = PHASES) -> Expected:
    blips = [predict(cell, (2 * n + 1) * cell.advert_int_ns // (2 * phases)) for n in range(phases)]
    return Expected(
        takeover=sum(each.gains > 0 for each in blips) / phases,
        split=_share([each.split for each in blips]),
        split_after=_share([each.split_after for each in blips]),
        transitions=sum(each.gains for each in blips) / phases,
        dual_s=_range([each.dual_ns for each in blips]),
        gap_s=_range([each.gap_ns for each in blips]),
    )


def predict(cell: Cell, phase_ns: int) -> PredictedBlip:
    """A blip that begins `phase_ns` after an advert of the owner."""
    model = _model(cell)
    likely = model.run(phase_ns, first)
    others = [model.run(phase_ns, order) for order in _orders()] if likely.gains else []
    return PredictedBlip(
        likely.gains,
        likely.dual_ns,
        likely.gap_ns,
        _same([each.split for each in (likely, *others)]),
        _same([each.split_after for each in (likely, *others)]),
    )


def _orders() -> Iterator[Callable[[int, str], int]]:
    """Each drawn anew, the same every time."""
    for seed in range(ORDERS):
        draw = random.Random(seed)  # noqa: S311 - a sample, no secret
        yield lambda options, _what, draw=draw: draw.randrange(options)  # type: ignore[misc]


def _same(values: list[bool | None]) -> bool | None:
    return values[0] if len(set(values)) == 1 else None


def _share(values: list[bool | None]) -> tuple[float, float]:
    surely, undecided = sum(value is True for value in values), sum(value is None for value in values)
    return surely / len(values), (surely + undecided) / len(values)


def _range(values: list[int]) -> tuple[float, float]:
    return min(values) / s, max(values) / s


@cache
def _model(cell: Cell) -> "_Model":
    return _Model(cell)


class _Model:
    def __init__(self, cell: Cell) -> None:
        topology, configuration = compose.topology(()), cell.configuration()
        router = topology.virtual_router(ROUTER)
        files = {node: configuration.render(topology, node) for node in router.nodes}
        self._world = World(topology, of_files({node: _named(texts) for node, texts in files.items()}))
        self._parts = cell.fault().plan(topology).parts
        self._router, self._addresses = router, frozenset(vip.address for vip in router.vips)
        down = max(one.vrrp.master_down_ns for one in self._world.nodes.of(ROUTER))
        self._settled = BLIP + max(2 * s, down + SETTLE)

    def run(self, phase_ns: int, order: Callable[[int, str], int]) -> PredictedBlip:
        world = self._world
        world.state.chooser, world.state.queue.race_ns = order, RACE_NS
        world.begin({ROUTER: AtRest(OWNER, phase_ns)})
        world.plan(self._parts)
        world.run(self._settled)
        split = snapshot(world, self._addresses).harm is not None
        changes = [each for each in world.nodes.transitions if each.router == ROUTER]
        end = max([self._settled, *(each.t + SECOND_BURST + SETTLE for each in changes)])
        world.run(end)
        held = self._held(end)
        a, b = (held[node] for node in self._router.nodes)
        dual = sum(max(0, min(x.end, y.end) - max(x.begin, y.begin)) for x in a for y in b)
        gap = end + dual - sum(each.length for each in (*a, *b))
        gains = sum(len(each) for each in held.values()) - 1
        return PredictedBlip(gains, dual, gap, split, snapshot(world, self._addresses).harm is not None)

    def _held(self, end: int) -> dict[str, list[Interval]]:
        """From 0 on: each node's times as master."""
        since, held = {OWNER: 0}, {node: list[Interval]() for node in self._router.nodes}
        for each in self._world.nodes.transitions:
            if each.router == ROUTER and each.state == "MASTER":
                since[each.node] = each.t
            elif each.router == ROUTER and not each.state.startswith("MASTER") and each.node in since:
                held[each.node].append(Interval(since.pop(each.node), each.t))
        for node, begin in since.items():
            held[node].append(Interval(begin, end))
        return held


def _named(texts: dict[str, str]) -> dict[str, str]:
    return {PurePath(path).name: text for path, text in texts.items()}
