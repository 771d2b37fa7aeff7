"""The lanes of a timeline: the fault, the owner of each VIP, what each cache leads to, requests of vantage points."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from harness.model.series import Owners, Reached, Shares, StepSeries
from harness.report.one_line import one_line
from harness.report.terminal.axis import Axis
from harness.report.terminal.fit import padded, plain
from harness.report.terminal.glyphs import BOTH, NONE, Glyphs

LABEL: Final = 22  # columns
_COLOURS: Final = ("cyan", "magenta", "blue", "yellow")
_TROUBLE: Final = "bold red"

Holder = str | tuple[str, ...] | None
"""A node; several nodes or no node that have an address; None: a cache that leads to no node; "": unknown."""


class Lane(NamedTuple):
    """`busy`: something changes or fails in it, so that it is the last to be left out. `codes`: that stand in it."""

    label: str
    cells: Text
    busy: bool
    codes: frozenset[str] = frozenset()

    def line(self, more: str) -> Text:
        return Text.assemble(plain(padded(self.label, LABEL, more)), self.cells)


class Codes:
    """Node → the one character that stands for it where its name has no room. Only those that were needed are told."""

    def __init__(self, series: StepSeries) -> None:
        owning = (node for changes in series.owners.values() for _, nodes in changes for node in nodes or ())
        reached = (node for changes in series.caches.values() for _, node in changes if node)
        letters = "123456789ACDEFGHIJ"
        self._codes = dict(zip(dict.fromkeys((*owning, *reached)), letters, strict=False))

    def of(self, node: str | None) -> str:
        return NONE if node is None else self._codes.get(node, "?")

    def colour(self, node: str | None) -> str:
        place = list(self._codes).index(node) if node in self._codes else None
        return _TROUBLE if place is None else _COLOURS[place % len(_COLOURS)]

    def legend(self, needed: Iterable[str]) -> list[str]:
        """``1 lb-ext-1``, ``B several``: what each of the `needed` codes stands for."""
        meaning = {code: node for node, code in self._codes.items()} | {BOTH: "several", NONE: "none"}
        return [f"{code} {one_line(meaning[code])}" for code in sorted(set(needed) & set(meaning))]


def lanes(series: StepSeries, axis: Axis, glyphs: Glyphs) -> list[Lane]:
    """In the order in which an outage spreads. Lanes that look alike are one, with both names."""
    codes = Codes(series)
    owners = [_owner(vip, changes, axis, codes, glyphs) for vip, changes in series.owners.items()]
    caches = [(name, _reached(changes, axis, codes, glyphs)) for name, changes in series.caches.items()]
    requests = [(name, _served(changes, axis, series.bin_s, glyphs)) for name, changes in series.success.items()]
    return [*_faults(series, axis, glyphs), *owners, *_together(caches, glyphs.leads), *_together(requests, "")]


def fewer(found: Sequence[Lane], most: int) -> tuple[list[Lane], int]:
    """At most so many, and how many were left out: those in which nothing happens first."""
    quiet = [lane for lane in found if not lane.busy]
    drop = max(0, len(found) - most)
    left = {id(lane) for lane in quiet[-drop:]} if drop else set()
    kept = [lane for lane in found if id(lane) not in left][:most]
    return kept, len(found) - len(kept)


def _together(found: Iterable[tuple[str, Lane]], suffix: str) -> list[Lane]:
    alike: dict[str, tuple[list[str], Lane]] = {}
    for name, lane in found:
        alike.setdefault(lane.cells.plain, ([], lane))[0].append(name)
    return [lane._replace(label=f"{_joined(names)} {suffix}".rstrip()) for names, lane in alike.values()]


def _joined(names: Iterable[str]) -> str:
    """``gw-1,2 customer-3``: a label has little room."""
    numbers: dict[str, list[str]] = {}
    for name in names:
        stem, dash, number = name.rpartition("-")
        key, shown = (stem + dash, number) if number.isdecimal() else (name, "")
        numbers.setdefault(key, []).append(shown)
    return " ".join(f"{stem}{','.join(each)}" for stem, each in numbers.items())


def _faults(series: StepSeries, axis: Axis, glyphs: Glyphs) -> list[Lane]:
    cells = [" "] * axis.columns
    for begin, end in series.faults:
        for column in axis.span(begin, series.ends_s if end is None else end):
            cells[column] = glyphs.fault
    for at in series.acts:
        for column in axis.span(at, at):
            cells[column] = glyphs.act
    label = "fault" if series.faults else "act"
    return [Lane(label, plain("".join(cells), "yellow"), busy=True)] if series.faults or series.acts else []


def _owner(vip: str, changes: Owners, axis: Axis, codes: Codes, glyphs: Glyphs) -> Lane:
    """Where several nodes have the address, `BOTH`; where none has, `NONE`; where it is not known, nothing."""
    values = [(at, "" if nodes is None else nodes[0] if len(nodes) == 1 else nodes) for at, nodes in changes]
    return _holders(f"{vip} at", values, axis, codes, glyphs)


def _reached(changes: Reached, axis: Axis, codes: Codes, glyphs: Glyphs) -> Lane:
    return _holders("", changes, axis, codes, glyphs)


def _holders(label: str, changes: Sequence[tuple[float, Holder]], axis: Axis, codes: Codes, glyphs: Glyphs) -> Lane:
    """Each value from its column on: its name where it has room, else its code."""
    columns: list[Holder] = [""] * axis.columns
    ends = [*(at for at, _ in changes[1:]), axis.end_s]
    for (at, value), end in zip(changes, ends, strict=False):
        for column in axis.span(at, end):
            columns[column] = value if _trouble(value) >= _trouble(columns[column]) else columns[column]
    runs = [(value, len(list(run))) for value, run in groupby(columns)]
    shown = [_segment(value, room, codes, glyphs) for value, room in runs]
    used = frozenset(text.plain.rstrip(glyphs.line) for text in shown)
    return Lane(label, Text.assemble(*shown, no_wrap=True), busy=len(changes) > 1, codes=used)


def _trouble(value: Holder) -> int:
    """In a column with several values the worst is shown: two owners, then none, then the last one."""
    return 2 if isinstance(value, tuple) and value else 1 if not isinstance(value, str) else 0


def _segment(value: Holder, room: int, codes: Codes, glyphs: Glyphs) -> Text:
    if value == "":
        return plain(" " * room)
    if isinstance(value, tuple):
        word = ("both" if len(value) == 2 else f"{len(value)} nodes") if value else "none"
        code, colour = (BOTH if value else NONE), _TROUBLE
    else:
        word, code, colour = value or "no node", codes.of(value), codes.colour(value)
    shown = one_line(word) if cell_len(one_line(word)) < room else code
    return plain(shown + glyphs.line * (room - cell_len(shown)), colour)


def _served(changes: Shares, axis: Axis, bin_s: float, glyphs: Glyphs) -> Lane:
    """A column is good only if every bin in it is."""
    seen: list[set[str]] = [set() for _ in range(axis.columns)]
    ends = [*(at for at, _ in changes[1:]), axis.end_s]
    for (at, share), end in zip(changes, ends, strict=False):
        for column in axis.span(at, max(end, at + bin_s) if share is None else end):
            seen[column].add(_glyph(share, glyphs))
    cells = Text(no_wrap=True)
    for each in seen:
        shown = _column(each - {" "}, glyphs)
        cells.append(shown, style={glyphs.good: "green", " ": ""}.get(shown, _TROUBLE))
    return Lane("", cells, busy=any(share is not None and share < 1 for _, share in changes))


def _glyph(share: float | None, glyphs: Glyphs) -> str:
    if share is None:
        return " "
    return glyphs.good if share >= 1 else glyphs.part if share > 0 else glyphs.bad


def _column(seen: set[str], glyphs: Glyphs) -> str:
    return (seen.pop() if len(seen) == 1 else glyphs.part) if seen else " "
