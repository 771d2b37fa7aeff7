"""The cells of the matrix, and which of them cannot differ according to theory. Pure.

A cell is measured under one configuration and stands for `merged` others: every combination for which VRRP's rules give
the same result (`same_as`). Cells under one configuration are neighbours, since each change costs a steady state.
"""

from collections.abc import Callable
from itertools import groupby, product
from typing import Final

import msgspec

from harness import faults
from harness.faults import Fault
from harness.model.configuration import Configuration
from harness.model.units import ms, s

BLIP: Final = 800 * ms
FIRST_RETURN: Final = 550 * ms  # of the direction from the owner's side, if the directions return one after the other
OWNER: Final = "lb-ext-1"
CABLE: Final = "lb-ext-1.external"
TRUNK: Final = "trunk"

ADVERT_INTS: Final = (1.0, 0.3, 0.1)
UNEQUAL, EQUAL = (150, 100), (100, 100)


def _one_way() -> Fault:
    return faults.blackhole(TRUNK, direction="a-to-b", duration=FIRST_RETURN) & faults.blackhole(
        TRUNK, direction="b-to-a", duration=BLIP
    )


TRIGGERS: Final[dict[str, Callable[[], Fault]]] = {
    "uplink silent": lambda: faults.blackhole(CABLE, duration=BLIP),
    "carrier lost": lambda: faults.link_down(CABLE, duration=BLIP),
    "frozen": lambda: faults.freeze(OWNER, duration=BLIP),
    "trunk, both ways back at once": lambda: faults.blackhole(TRUNK, duration=BLIP),
    "trunk, one way back first": _one_way,
}
CARRIER: Final = "carrier lost"


class Cell(msgspec.Struct, frozen=True, order=True):
    """One combination. `equal`: both nodes have priority 100, and the lower address owns the VIP at the start."""

    advert_int: float  # s
    equal: bool
    preempt: bool
    trigger: str

    @property
    def configuration_name(self) -> str:
        """``advert-0.3-nopreempt-equal``."""
        words = ["advert", f"{self.advert_int:g}", "preempt" if self.preempt else "nopreempt"]
        return "-".join([*words, "equal" if self.equal else "unequal"])

    @property
    def name(self) -> str:
        return f"{self.trigger} / {self.configuration_name}"

    @property
    def advert_int_ns(self) -> int:
        return round(self.advert_int * s)

    def fault(self) -> Fault:
        return TRIGGERS[self.trigger]()

    def configuration(self) -> Configuration:
        return Configuration.load("default").with_vrrp(
            self.configuration_name,
            advert_int=self.advert_int,
            priorities=EQUAL if self.equal else UNEQUAL,
            preempt=self.preempt,
        )


def every_cell() -> list[Cell]:
    """All 60."""
    return [Cell(*each) for each in product(ADVERT_INTS, (False, True), (True, False), TRIGGERS)]


def same_as(cell: Cell) -> Cell:
    """The cell that is measured for this one.

    - A silent loss of 0.8 s is shorter than master-down − advert_int at advert_int 1: no node acts, so neither preempt
      nor priorities can matter.
    - Equal priorities: no advert is ever of lower priority for a backup, and preempt concerns only those (RFC 5798
      section 6.4.2).
    - Unequal priorities and a silent loss: the preferred node stays master throughout, so preempt has nothing to do.
    """
    silent = cell.trigger != CARRIER
    if silent and cell.advert_int == 1.0:
        return Cell(cell.advert_int, False, True, cell.trigger)
    if cell.equal or silent:
        return Cell(cell.advert_int, cell.equal, True, cell.trigger)
    return cell


def merged() -> dict[Cell, list[Cell]]:
    """Measured cell → all cells that it stands for, itself first."""
    table: dict[Cell, list[Cell]] = {}
    for cell in every_cell():
        table.setdefault(same_as(cell), []).append(cell)
    return table


def groups() -> dict[str, list[Cell]]:
    """Configuration → its measured cells, the cheapest first: without a takeover, no second burst is awaited."""
    ordered = sorted(merged(), key=lambda cell: (-cell.advert_int, cell.equal, not cell.preempt, cell.trigger))
    return {name: list(cells) for name, cells in groupby(ordered, key=lambda cell: cell.configuration_name)}
