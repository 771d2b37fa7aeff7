"""Brings what the points saw to one clock: a scene for each VIP."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from harness.capture.clock import offset, require_forward, require_one_clock, why_none
from harness.capture.machine import Machine, machines
from harness.capture.routers import Router, chosen, require_one_vlan, routers
from harness.capture.scene import Point, Scene
from harness.capture.sight import Sight
from harness.capture.tenure import pause, tenures, turns
from harness.history.timeline import Interval
from harness.model.errors import UsageError

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
    begin, end = _in_common(points)
    seen = {point.name: point.sight for point in points}
    every = routers(seen.values())
    found: list[Scene] = []
    for router in chosen(every, vip):
        require_one_vlan(router, seen.values())
        nodes = machines(router, seen, _names_of(router, every, names), places)
        require_own_places(points, nodes)
        vips = (vip,) if vip else router.vips
        every_vip = (Scene(address, router.vrid, points, nodes, begin, max(begin, end)) for address in vips)
        found += map(_with_what_came_outside, every_vip)
    return tuple(found), unaligned


def _in_common(points: Sequence[Point]) -> tuple[int, int]:
    """While all captured. The points at one node are pieces of one, but for those of a card without adverts."""
    pieces: dict[tuple[str, bool], list[Point]] = {}
    for point in points:
        pieces.setdefault((point.at or f"file {point.name}", bool(point.sight.adverts)), []).append(point)
    begin = max(min(point.begin for point in each) for each in pieces.values())
    return begin, min(max(point.end for point in each) for each in pieces.values())


def require_own_places(points: Sequence[Point], nodes: Mapping[str, Machine]) -> None:
    """Raises `UsageError` if a node's own interface shows another node's answers, and none of its own, which another
    point saw meanwhile: two files were exchanged."""
    for point in points:
        own = nodes[point.at].macs if point.at in nodes else frozenset[bytes]()
        here = {mac for _, mac in point.sight.holds}
        others = [name for name, node in nodes.items() if name != point.at and node.macs & here]
        elsewhere = [each.name for each in points if each is not point and _answers_of(own, each, point)]
        if others and elsewhere and not own & here:
            raise UsageError(
                f"{point.name!r} is said to be captured at {point.at}, but has answers of {others[0]} to clients, and "
                f"none of {point.at}, which {elsewhere[0]!r} has. Are the files of two --at exchanged?"
            )


def _answers_of(macs: frozenset[bytes], point: Point, during: Point) -> bool:
    return any(
        during.begin < point.time(run.first) < during.end
        for vip, mac in point.sight.holds
        if mac in macs
        for run in point.sight.holds.of((vip, mac))
    )


def _with_what_came_outside(scene: Scene) -> Scene:
    """While any point that saw adverts captured, if mastership changed before or after all points did.

    The capture of a node that dies ends with it. What the others saw then is judged too, and `Scene.unseen` tells which
    point was not there.
    """
    saw = [point for point in scene.points if any(vrid == scene.vrid for vrid, _ in point.sight.by_sender)]
    wide = replace(scene, begin=min(point.begin for point in saw), end=max(point.end for point in saw))
    inner, margin = Interval(scene.begin, scene.end), pause(scene)
    outside = any(not inner.begin + margin < t < inner.end - margin for t in turns(wide, tenures(wide)))
    return wide if outside else scene


def _aligned(sights: Sequence[Sight], places: Mapping[str, str]) -> tuple[tuple[Point, ...], tuple[Unaligned, ...]]:
    with_packets = [sight for sight in sights if sight.packets]
    if not with_packets:
        return (), tuple(Unaligned(sight.name, _EMPTY) for sight in sights)
    for sight in with_packets:
        require_forward(sight.name, sight.adverts)
        require_one_clock(sight.name, sight.adverts)
    reference = max(with_packets, key=lambda sight: len(sight.adverts))
    points, unaligned = [Point(reference, 0, places.get(reference.name, ""))], []
    for sight in sights:
        if sight is reference:
            continue
        found = offset(reference.adverts, sight.adverts) if sight.packets else None
        if found and found.steady:
            points.append(Point(sight, found.ns, places.get(sight.name, ""), found.drift))
        elif found:
            unaligned.append(Unaligned(sight.name, f"its clock, or that of {reference.name}, was moved meanwhile"))
        else:
            why = why_none(reference.name, reference.adverts, sight.adverts) if sight.packets else _EMPTY
            unaligned.append(Unaligned(sight.name, why))
    beside = [point for sight in sights if (point := _other_card(sight, points, places))]
    known = {point.name for point in beside}
    return (*points, *beside), tuple(each for each in unaligned if each.name not in known)


def _other_card(sight: Sight, points: Sequence[Point], places: Mapping[str, str]) -> Point | None:
    """Without adverts, at a node that another card is captured of meanwhile: one machine has one clock.

    A file from before or after that is a piece of it, whose clock may have been set.
    """
    node = places.get(sight.name, "")
    if not node or not sight.packets or sight.adverts:
        return None
    beside = (
        Point(sight, same.offset_ns, node, same.drift) for same in points if same.at == node and _overlap(sight, same)
    )
    return next(beside, None)


def _overlap(sight: Sight, same: Point) -> bool:
    """For half of the shorter one's time, on the clock of both."""
    both = min(sight.last, same.sight.last) - max(sight.first, same.sight.first)
    return 2 * both > min(sight.last - sight.first, same.sight.last - same.sight.first)


def _names_of(router: Router, every: Sequence[Router], names: Mapping[str, str]) -> dict[str, str]:
    """Without the nodes of another router that has the same VRID."""
    others = {ip for each in every if each is not router and each.vrid == router.vrid for ip in each.senders}
    return {name: ip for name, ip in names.items() if ip not in others}
