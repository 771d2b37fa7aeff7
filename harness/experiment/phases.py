"""When in the interval between two adverts a fault begins: spread evenly, never left to the schedule."""

import numpy as np

from harness.model.errors import BadValue


def phases(advert_int_ns: int, n: int, seed: int) -> tuple[int, ...]:
    """`n` phases (ns after an advert), one in each n-th of the interval, in an order that says nothing about time.

    Stratified: with n trials there is one phase in every n-th of the interval. The same seed gives the same phases.
    Raises `BadValue` for n < 1.
    """
    if n < 1:
        raise BadValue("n", n, "1 or more")
    chance = np.random.default_rng(seed)
    found = (np.arange(n) + chance.random(n)) * advert_int_ns / n
    return tuple(int(phase) for phase in chance.permutation(found))
