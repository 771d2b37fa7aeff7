"""What several kinds of rows share: bars of a state over time, and the colours of nodes."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from harness.history import History
from harness.history.timeline import FOREVER
from harness.model.events import AddressChanged
from harness.model.topology import Topology
from harness.report.page.html import plain
from harness.report.page.lanes.lane import Bars, Colour
from harness.report.page.pack import Blob
from harness.report.page.trial import Recorded

SHADES: Final = ("a", "b", "c", "d")


class Scene(NamedTuple):
    """`blob`: takes the arrays of the trial's rows. `addresses`: node → when its first address was told."""

    history: History
    trial: Recorded
    blob: Blob
    addresses: dict[str, int]

    @property
    def topology(self) -> Topology:
        return self.history.topology

    def told_from(self, nodes: Iterable[str]) -> int:
        """From when on the addresses of all these nodes are recorded: what was not told before is unknown."""
        return max((self.addresses.get(node, FOREVER) for node in nodes), default=FOREVER)

    def within(self, t: int) -> bool:
        """Strictly inside of what is shown: a change there is seen."""
        return self.trial.window.begin < t < self.trial.window.end


def first_addresses(history: History) -> dict[str, int]:
    first: dict[str, int] = {}
    for event in history.of(AddressChanged):
        first.setdefault(event.node, event.t)
    return first


class Bar(NamedTuple):
    """ns; `state`: its number in the row's states."""

    begin: int
    end: int
    state: int


def bars(
    scene: Scene,
    label: str,
    group: str,
    states: Sequence[tuple[str, Colour]],
    spans: Iterable[Bar],
    *,
    quiet: bool = False,
    node: str = "",
    wrong: Iterable[tuple[int, int]] = (),
) -> Bars:
    """`spans`: what is outside of the trial's window is left out. `wrong`: ns."""
    trial, window = scene.trial, scene.trial.window
    shown = sorted(bar for bar in spans if bar.end > window.begin and bar.begin < window.end)
    begins = np.array([trial.us(bar.begin) for bar in shown], np.int64)
    ends = np.array([trial.us(bar.end) for bar in shown], np.int64)
    return Bars(
        label=plain(label),
        group=plain(group),
        states=tuple((plain(text), colour) for text, colour in states),
        begin=scene.blob.times(begins),
        length=scene.blob.lengths(ends - begins),
        state=scene.blob.codes(np.array([bar.state for bar in shown], np.uint8)),
        quiet=quiet,
        node=plain(node),
        wrong=tuple((trial.us(begin), trial.us(end)) for begin, end in wrong),
    )


def spans(changes: Sequence[tuple[int, str]], end: int) -> tuple[list[str], list[Bar]]:
    """(t, state) in order of time → the states, and how long each lasted; equal neighbours are one bar."""
    names = list(dict.fromkeys(state for _, state in changes))[:256]
    number = {name: n for n, name in enumerate(names)}
    found: list[Bar] = []
    for (t, state), following in zip(changes, [*(t for t, _ in changes[1:]), end], strict=True):
        if found and found[-1].state == number.get(state):
            found[-1] = found[-1]._replace(end=following)
        elif state in number:
            found.append(Bar(t, following, number[state]))
    return names, found


def shade(topology: Topology, node: str | None) -> Colour:
    """The same for a node in every row: by its place in the first virtual router that has it."""
    for router in topology.virtual_routers.values():
        if node in router.nodes:
            return SHADES[router.nodes.index(node) % len(SHADES)]
    return "none" if node is None else "off"
