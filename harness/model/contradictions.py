"""Two parts of a plan that act on the same thing at the same time: the end of one would end the other in silence."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from math import inf
from typing import Final

from harness.model.errors import BadValue
from harness.model.ops import AddressGone, AnyOp, CardGone, Part, ServiceDown, ServiceKilled, Signal
from harness.model.topology import Topology
from harness.model.units import format_duration

_VALUES: Final = ("content", "mac", "to")
"""Texts that say how, not where: of the others each names the thing that the op changes."""

Place = tuple[str | None, ...]


def refuse_contradictions(parts: Iterable[Part], topology: Topology) -> None:
    """Raises `BadValue` that names both ops, and from when on the second may begin."""
    for first, second in _overlaps([part for part in parts if part.op.held], topology):
        free = f"from {format_duration(first.end_ns)} on" if first.end_ns is not None else "after the undo of the first"
        raise BadValue(
            "&", f"{first.op} and {second.op}", f"one of them, or the second {free}: both act on the same thing at once"
        )


def _overlaps(parts: Collection[Part], topology: Topology) -> Iterator[tuple[Part, Part]]:
    """Neighbours in time at one place, of which the second begins before the end of the first."""
    places: defaultdict[Place, list[Part]] = defaultdict(list)
    services = _services(parts)
    for part in parts:
        for place in _places(part.op, services, topology):
            places[place].append(part)
    for each in places.values():
        ordered = sorted(each, key=lambda part: part.begin_ns)
        yield from (pair for pair in pairwise(ordered) if _end(pair[0]) > pair[1].begin_ns)


def _end(part: Part) -> float:
    return inf if part.end_ns is None else part.end_ns


def _services(parts: Iterable[Part]) -> Mapping[str, set[str | None]]:
    """Node → the services that ops name, and None."""
    named: defaultdict[str, set[str | None]] = defaultdict(lambda: {None})
    for part in parts:
        if isinstance(part.op, Signal | ServiceDown | ServiceKilled):
            named[part.op.node].add(part.op.service)
    return named


def _places(op: AnyOp, services: Mapping[str, set[str | None]], topology: Topology) -> list[Place]:
    """What it changes. An op on a whole node changes each of its services; a card that goes takes its addresses."""
    match op:
        case Signal() | ServiceDown() | ServiceKilled():
            named = services[op.node] if op.service is None else {op.service}
            return [("service", op.node, service) for service in named]
        case CardGone():
            return [("card", op.port)]
        case AddressGone():
            ports = (port for port in topology.node(op.node).ports if port.address == op.ip)
            return [_place(op), *(("card", port.name) for port in ports)]
        case _:
            return [_place(op)]


def _place(op: AnyOp) -> Place:
    """Equal for a delay of 10 ms and one of 20 ms at the same port."""
    fields = {name: getattr(op, name) for name in op.__struct_fields__ if name not in _VALUES}
    return (type(op).__name__, *(value for value in fields.values() if isinstance(value, str)))
