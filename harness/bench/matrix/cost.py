"""How long a cell takes, computed from the takeovers that theory predicts. Pure."""

from functools import cache
from typing import Final

from harness.bench.matrix.cells import CARRIER, Cell
from harness.bench.matrix.predicted import expected

CALM_S: Final = 7.0  # steady state, the blip, a short watch, reading the history
MOVED_S: Final = 5.5  # the second burst of gratuitous ARP is awaited
HANDED_BACK_S: Final = 6.5  # the standby stayed owner: back to the preferred node, and its second burst


@cache
def seconds_of(cell: Cell) -> float:
    """One trial."""
    takeover = expected(cell, 10).takeover
    stays = cell.equal or (cell.trigger == CARRIER and not cell.preempt)
    return CALM_S + (2.5 if cell.advert_int == 1.0 else 0) + takeover * (MOVED_S + (HANDED_BACK_S if stays else 0))
