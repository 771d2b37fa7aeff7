"""Two parts of a plan that act on the same thing at the same time: the end of one would end the other in silence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import inf
from typing import Final

from harness.model.errors import BadValue
from harness.model.ops import AnyOp, Part, ServiceDown, ServiceKilled, Signal
from harness.model.units import format_duration

_OF_A_SERVICE: Final = (Signal, ServiceDown, ServiceKilled)
_VALUES: Final = ("content", "mac")
"""Texts that say how, not where: of the others each names the thing that the op changes."""

Place = tuple[str | None, ...]


def refuse_contradictions(parts: Iterable[Part]) -> None:
    """Raises `BadValue` that names both ops, and from when on the second may begin."""
    for first, second in _overlaps(parts):
        free = f"from {format_duration(first.end_ns)} on" if first.end_ns is not None else "after the undo of the first"
        raise BadValue(
            "&", f"{first.op} and {second.op}", f"one of them, or the second {free}: both act on the same thing at once"
        )


def _overlaps(parts: Iterable[Part]) -> Iterator[tuple[Part, Part]]:
    """Neighbours in time at one place, of which the second begins before the end of the first."""
    places: defaultdict[Place, list[Part]] = defaultdict(list)
    for part in parts:
        if part.op.held:
            places[_place(part.op)].append(part)
    for each in places.values():
        ordered = sorted(each, key=lambda part: part.begin_ns)
        yield from (pair for pair in pairwise(ordered) if _end(pair[0]) > pair[1].begin_ns)


def _end(part: Part) -> float:
    return inf if part.end_ns is None else part.end_ns


def _place(op: AnyOp) -> Place:
    """What it changes: equal for a delay of 10 ms and one of 20 ms at the same port."""
    kind = "service" if isinstance(op, _OF_A_SERVICE) else type(op).__name__
    fields = {name: getattr(op, name) for name in op.__struct_fields__ if name not in _VALUES}
    return (kind, *(value for value in fields.values() if value is None or isinstance(value, str)))
