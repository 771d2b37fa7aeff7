"""A value that is seen again and again, kept as runs: from when to when it was the same, and how often it was seen.

A capture of a day shows one client's frames a million times: memory follows the changes, not the frames.
"""

from collections.abc import Hashable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)

MOST_RUNS: Final = 100_000  # of all keys together
SILENT_NS: Final = 1_000_000_000
"""A longer silence begins a new run: what was in between was not seen."""


class Run(NamedTuple):
    first: int
    last: int
    times: int
    value: bytes


class Runs(Generic[K]):
    """Key → its runs, in the order of the packets. `full`: later changes were not kept."""

    def __init__(self) -> None:
        self._runs: dict[K, list[list[int | bytes]]] = {}
        self._count = 0
        self.full = False

    def see(self, key: K, t: int, value: bytes = b"") -> None:
        runs = self._runs.get(key)
        if runs:
            last = runs[-1]
            if last[3] == value and t - last[1] <= SILENT_NS:  # type: ignore[operator]
                last[1] = max(last[1], t)
                last[2] += 1  # type: ignore[operator]
                return
        if self._count >= MOST_RUNS:
            self.full = True
            return
        self._count += 1
        self._runs.setdefault(key, []).append([t, t, 1, value])

    def __iter__(self) -> Iterator[K]:
        return iter(self._runs)

    def of(self, key: K) -> list[Run]:
        return sorted(Run(*run) for run in self._runs.get(key, ()))  # type: ignore[arg-type]
