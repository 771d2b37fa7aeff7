"""Brings what the points saw to one clock: a scene for each VIP."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from harness.capture.clock import offset, require_one_clock, why_none
from harness.capture.machine import machines
from harness.capture.routers import Router, chosen, require_one_vlan, routers
from harness.capture.scene import Point, Scene
from harness.capture.sight import Sight

_EMPTY: Final = "it has no packet"


class Unaligned(NamedTuple):
    """A point that is not judged, and why."""

    name: str
    why: str


def scenes(
    sights: Sequence[Sight], places: Mapping[str, str], names: Mapping[str, str], vip: str = ""
) -> tuple[tuple[Scene, ...], tuple[Unaligned, ...]]:
    """One scene for each VIP that adverts name, or for `vip` alone. `places`: point → node whose interface it is.

    The point with the most adverts sets the clock. Raises `UsageError` if routers cannot be told apart.
    """
    points, unaligned = _aligned(sights, places)
    if not points:
        return (), unaligned
    begin, end = max(point.begin for point in points), min(point.end for point in points)
    seen = [point.sight for point in points]
    every = routers(seen)
    found = []
    for router in chosen(every, vip):
        require_one_vlan(router, seen)
        nodes = machines(router, seen, _names_of(router, every, names))
        vips = (vip,) if vip else router.vips
        found += [Scene(address, router.vrid, points, nodes, begin, max(begin, end)) for address in vips]
    return tuple(found), unaligned


def _aligned(sights: Sequence[Sight], places: Mapping[str, str]) -> tuple[tuple[Point, ...], tuple[Unaligned, ...]]:
    with_packets = [sight for sight in sights if sight.packets]
    if not with_packets:
        return (), tuple(Unaligned(sight.name, _EMPTY) for sight in sights)
    for sight in with_packets:
        require_one_clock(sight.name, sight.adverts)
    reference = max(with_packets, key=lambda sight: len(sight.adverts))
    points, unaligned = [Point(reference, 0, places.get(reference.name, ""))], []
    for sight in sights:
        if sight is reference:
            continue
        found = offset(reference.adverts, sight.adverts) if sight.packets else None
        if found and found.steady:
            points.append(Point(sight, found.ns, places.get(sight.name, "")))
        elif found:
            unaligned.append(Unaligned(sight.name, f"its clock, or that of {reference.name}, was moved meanwhile"))
        else:
            why = why_none(reference.name, reference.adverts, sight.adverts) if sight.packets else _EMPTY
            unaligned.append(Unaligned(sight.name, why))
    return tuple(points), tuple(unaligned)


def _names_of(router: Router, every: Sequence[Router], names: Mapping[str, str]) -> dict[str, str]:
    """Without the nodes of another router that has the same VRID."""
    others = {ip for each in every if each is not router and each.vrid == router.vrid for ip in each.senders}
    return {name: ip for name, ip in names.items() if ip not in others}
