"""What is still to happen, by its instant. Of two things at one instant the one that was planned first comes first."""

from collections.abc import Callable
from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import Any, Final, NamedTuple


class Kind(IntEnum):
    """`vrrp`: a timer or a packet of an instance. `arp`: an announcement reaches caches. `burst`: one is to be sent."""

    op = 0
    vrrp = 1
    arp = 2
    burst = 3
    other = 4


class Entry(NamedTuple):
    """`of`: whose it is, an instance's number or a port: a race needs two things of one subject or of one cache."""

    t: int
    number: int
    kind: Kind
    of: int | str
    handler: Callable[..., None]
    arguments: tuple[Any, ...]


_new: Final = tuple.__new__  # as `Entry(…)`, without a call of Python: an entry is made for all that happens


class Queue:
    """`now`: the instant of what happens now, ns. `race_ns`: two things so near may come in either order."""

    def __init__(self) -> None:
        self.now, self.race_ns = 0, 0
        self._number = 0
        self._heap: list[Entry] = []

    def reset(self) -> None:
        self.now, self._number = 0, 0
        self._heap.clear()

    def push(self, t: int, kind: Kind, of: int | str, handler: Callable[..., None], *arguments: object) -> None:
        self._number += 1
        heappush(self._heap, _new(Entry, (t, self._number, kind, of, handler, arguments)))

    def pop(self, until: int, swapped: Callable[[], bool]) -> Entry | None:
        """The next until then; None if nothing is. `swapped` decides whether a rival within `race_ns` comes first."""
        heap = self._heap
        if not heap or heap[0].t > until:
            return None
        entry = heappop(heap)
        if self.race_ns and (rival := self._rival(entry)) and swapped():
            heap.remove(rival)
            heap.append(entry)
            heapify(heap)
            entry = rival
        self.now = max(self.now, entry.t)
        return entry

    def times(self, kind: Kind, until: int) -> list[int]:
        """When something of that kind is still to happen, until then."""
        return [entry.t for entry in self._heap if entry.kind is kind and entry.t <= until]

    def _rival(self, entry: Entry) -> Entry | None:
        end = entry.t + self.race_ns
        return min((other for other in self._heap if other.t <= end and _race(entry, other)), default=None)


def _race(a: Entry, b: Entry) -> bool:
    """Would another order change what happens? An op and VRRP; two announcements; two events of one instance."""
    kinds = {a.kind, b.kind}
    if kinds == {Kind.op, Kind.vrrp}:
        return True
    if kinds in ({Kind.arp}, {Kind.vrrp}):
        return (a.of != b.of) if a.kind is Kind.arp else (a.of == b.of and a.handler != b.handler)
    return False
