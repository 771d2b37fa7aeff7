"""Absolute deadlines, the earliest first. Pure: it reads no clock."""

import heapq
from collections.abc import Callable


class Timer:
    """One deadline at `t` ns. `exact`: needs real-time scheduling and a spin; other timers may be some ms late."""

    __slots__ = ("call", "cancelled", "exact", "number", "t")

    def __init__(self, t: int, call: Callable[[], object], number: int, *, exact: bool) -> None:
        self.t = t
        self.call = call
        self.number = number  # in the order in which they were set
        self.exact = exact
        self.cancelled = False

    def cancel(self) -> None:
        """Never fires. Idempotent, also after it fired."""
        self.cancelled = True


def never() -> Timer:
    """One that is cancelled."""
    timer = Timer(0, lambda: None, 0, exact=False)
    timer.cancel()
    return timer


class Timers:
    """A heap. Equal deadlines fire by their rank, the lowest first, then in the order in which they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, Timer]] = []
        self._exact: list[tuple[int, int, int, Timer]] = []
        self.count = 0  # how many were ever set: the next one's number

    def add(self, t: int, call: Callable[[], object], *, exact: bool = False, rank: int = 0) -> Timer:
        timer = Timer(t, call, self.count, exact=exact)
        self.count += 1
        item = (t, rank, timer.number, timer)
        heapq.heappush(self._heap, item)
        if exact:
            heapq.heappush(self._exact, item)
        return timer

    def next(self) -> Timer | None:
        """The earliest timer that is not cancelled."""
        return _first(self._heap)

    def next_exact(self) -> Timer | None:
        return _first(self._exact)

    def pop(self) -> Timer:
        """Removes and returns the earliest. Raises `IndexError` if there is none."""
        timer = self.next()
        if timer is None:
            raise IndexError("no timer is set")
        heapq.heappop(self._heap)
        if timer.exact:  # it is also the earliest of the exact ones
            _first(self._exact)
            heapq.heappop(self._exact)
        return timer


def _first(heap: list[tuple[int, int, int, Timer]]) -> Timer | None:
    while heap and heap[0][3].cancelled:
        heapq.heappop(heap)
    return heap[0][3] if heap else None
