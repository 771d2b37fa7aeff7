"""Brings what the points saw to one clock: a scene for each VIP."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from harness.capture.clock import offset
from harness.capture.machine import machines
from harness.capture.scene import Point, Scene
from harness.capture.sight import Sight

MOST_SCENES: Final = 64  # VIPs; `--vip` chooses one of more


class Unaligned(NamedTuple):
    """A point that is not judged, and why."""

    name: str
    why: str


def scenes(
    sights: Sequence[Sight], places: Mapping[str, str], names: Mapping[str, str], vip: str = ""
) -> tuple[tuple[Scene, ...], tuple[Unaligned, ...]]:
    """One scene for each VIP that adverts name, or for `vip` alone. `places`: point → node whose interface it is.

    The point with the most adverts sets the clock.
    """
    points, unaligned = _aligned(sights, places)
    if not points:
        return (), unaligned
    begin, end = max(point.begin for point in points), min(point.end for point in points)
    routers = _routers([point.sight for point in points], vip)
    found = [
        Scene(address, vrid, points, machines(vrid, (point.sight for point in points), names), begin, max(begin, end))
        for vrid, addresses in sorted(routers.items())
        for address in addresses
    ]
    return tuple(found[:MOST_SCENES]), unaligned


def _aligned(sights: Sequence[Sight], places: Mapping[str, str]) -> tuple[tuple[Point, ...], tuple[Unaligned, ...]]:
    with_packets = [sight for sight in sights if sight.packets]
    if not with_packets:
        return (), tuple(Unaligned(sight.name, "it has no packet") for sight in sights)
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
            unaligned.append(Unaligned(sight.name, f"it has too few adverts in common with {reference.name}"))
    return tuple(points), tuple(unaligned)


def _routers(sights: Sequence[Sight], vip: str) -> dict[int, list[str]]:
    """VRID → VIPs. A `vip` that no advert names belongs to the only VRID, if there is only one."""
    named: dict[int, dict[str, None]] = {}
    for sight in sights:
        for each in sight.adverts:
            named.setdefault(each.advert.vrid, {}).update(dict.fromkeys(each.advert.vips))
    if not vip:
        return {vrid: list(vips) for vrid, vips in named.items()}
    chosen = {vrid: [vip] for vrid, vips in named.items() if vip in vips}
    return chosen or ({next(iter(named)): [vip]} if len(named) == 1 else {})
