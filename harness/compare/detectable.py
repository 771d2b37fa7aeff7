"""The smallest regression that so many trials could have shown: what *no difference shown* is worth.

The baseline's own values are drawn again for both sides, one side is shifted, and the shift is looked for that would be
called worse in nine of ten such comparisons. The draws have a fixed seed: the same runs give the same figure.
"""

from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

POWER: Final = 0.9
_DRAWS: Final = 400
_SEED: Final = 20_210_613
_HALVINGS: Final = 16

Values = NDArray[Any]


def smallest_shift(baseline: Sequence[float], n: int, alpha: float, most: float) -> float | None:
    """At most `most`; None if not even that would be shown. `n`: trials of the other side. `alpha`: what p must be."""
    chance, limit = np.random.default_rng(_SEED), NormalDist().inv_cdf(1 - alpha)
    drawn, other = (chance.choice(np.array(baseline), (_DRAWS, size)) for size in (len(baseline), n))

    def shown(shift: float) -> bool:
        return bool((_z(drawn, other + shift) >= limit).mean() >= POWER)

    return _least(shown, most) if shown(most) else None


def _least(shown: Callable[[float], bool], most: float) -> float:
    """Halved between 0 and `most`, of which the latter is shown."""
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def _z(baseline: Values, candidate: Values) -> Values:
    """The normal approximation of `ranks.p_larger`, of each row: a figure of about this size, quickly."""
    n, m = baseline.shape[1], candidate.shape[1]
    one, other = baseline[:, None, :], candidate[:, :, None]
    above = ((other > one) + (other == one) / 2).sum(axis=(1, 2)) - n * m / 2 - 0.5
    both = np.concatenate([baseline, candidate], axis=1)
    equal = (both[:, :, None] == both[:, None, :]).sum(axis=2)
    ties = (equal.astype(float) ** 2 - 1).sum(axis=1) / ((n + m) * (n + m - 1))
    z: Values = above / np.sqrt(np.maximum(n * m / 12 * (n + m + 1 - ties), 1e-12))
    return z
