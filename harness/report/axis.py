"""Where an axis has its marks, and what they say. Pure."""

from math import floor, log10
from typing import Final, NamedTuple

NOTHING: Final = 1e-6
"""An axis that is shorter has one mark: nothing here is measured to less."""


class Axis(NamedTuple):
    """Values from `low` to `high` on pixels from `start` to `end`; an upright axis has its start below."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel; a value outside is at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1)
        return self.start + share * (self.end - self.start)

    def marks(self, most: int) -> list[float]:
        """Round values inside, at most about `most`, maybe none: 1, 2 or 5 times a power of ten apart."""
        if self.high - self.low < NOTHING:
            return [self.low]
        rough = (self.high - self.low) / most
        power = 10.0 ** floor(log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
        first = int(-(-self.low // step))
        count = floor((self.high - first * step) / step + 1e-9) + 1
        return [round((first + n) * step, 9) for n in range(count)]
