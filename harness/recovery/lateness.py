"""Did our own load send its arrivals in time? Arrivals that are sent too late measure our load, not the pair."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from harness.history.history import Requests
from harness.model.units import ms, s

SHARE: Final = 0.01
INTERVALS: Final = 5  # of 1/λ
LEAST_NS: Final = 25 * ms  # 5/λ of the usual probes; customers that ask again do so at once, at no even rate
AT_MOST_NS: Final = 500 * ms


def lateness(sender: str, requests: Requests) -> Iterator[str]:
    """The reason why arrivals of one open loop, in the order in which they were due, were sent too late; or nothing.

    One late arrival is always allowed: of 80 customers it would be more than `SHARE`.
    """
    if len(requests) < 2:
        return
    late = requests["sent"] - requests["due"]
    bound = max(LEAST_NS, INTERVALS * float(np.median(np.diff(requests["due"]))))
    count = int((late > bound).sum())
    if count > max(1, SHARE * len(late)):
        yield f"{count / len(late):.1%} of {sender}'s arrivals were late by more than {bound / ms:.0f} ms."
    elif late.max() > AT_MOST_NS:
        yield f"An arrival of {sender} was late by {late.max() / s:.2f} s."
