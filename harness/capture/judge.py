"""From capture files to a judgement: reads each file once, aligns the points, and asks every check."""

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from harness import checks
from harness.capture import announcement, cache, ownership, service, settings, timer
from harness.capture.aligned import Unaligned, scenes
from harness.capture.drift import Drift
from harness.capture.judged import UNTOLD, FileRead, Judged, NodeSeen, VipJudged, verdict
from harness.capture.log import Logs
from harness.capture.read import packets
from harness.capture.scene import Point, Scene
from harness.capture.sight import Sight
from harness.capture.story import story
from harness.capture.tenure import tenures
from harness.capture.words import found, lasting, names
from harness.model.errors import BadValue, NotMeasured, UnknownName, UsageError
from harness.model.outcome import Finding
from harness.model.units import s, seconds

ASKED: Final[Mapping[str, Callable[[Scene], Finding]]] = {
    each.__name__: each
    for each in (
        timer.adverts_regular, settings.configurations_agree, ownership.single_owner, ownership.dual_owner,
        ownership.no_owner, ownership.transitions, announcement.takeover_announced, announcement.survivor_announced,
        cache.no_stale_arp, service.served_by_owner, service.service_level, service.no_hang,
    )
}  # fmt: skip
"""The checks that frames can say anything about. The others need what only the machines themselves tell."""

_LEAST_INTERVALS: Final = 3
MOST_SCENES: Final = 64  # VIPs; `--vip` chooses one of more
_LOOK_AHEAD: Final = 50_000  # packets, in which the VIPs of the first adverts are looked for


def judge(
    files: Sequence[Path],
    vip: str = "",
    places: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    logs: Logs | None = None,
) -> Judged:
    """`places`: file name → node at whose interface it was taken, or its IP address. `names`: node → its IP address.

    Raises `UnknownName` for the place or the log of a node that is in no scene, `UsageError` for what is no capture
    and for two routers of one VRID without a `vip`, `NotMeasured` if nothing in the captures can be judged.
    """
    found_scenes, sights, unaligned = read_scenes(files, vip, places or {}, names or {})
    if not found_scenes:
        raise NotMeasured(_nothing(sights, vip))
    beside = logs or Logs()
    known = {node for scene in found_scenes for node in scene.nodes}
    if unknown := {*(places or {}).values(), *beside.states} - known:
        raise UnknownName("node", min(unknown), known)
    vips = tuple(_judged(replace(scene, answers=beside.answers), beside) for scene in found_scenes[:MOST_SCENES])
    left = len(found_scenes) - len(vips)
    reads = tuple(_read(sight, found_scenes[0].points, unaligned) for sight in sights)
    unread = [sight.name for sight in sights if sight.reading.unread]
    return Judged(verdict(vips, left, unread), _sentence(vips, left, unread), reads, vips)


def read_scenes(
    files: Sequence[Path], vip: str, places: Mapping[str, str], names: Mapping[str, str]
) -> tuple[tuple[Scene, ...], list[Sight], tuple[Unaligned, ...]]:
    """One scene for each VIP, what each file shows, and the files that are on no common clock. Raises as `judge`."""
    at = _places(files, places)
    addresses = {_packed("vip", vip)} if vip else set[bytes]()
    for node, ip in names.items():
        _packed(f"the address of node {node!r}", ip)
    addresses |= {address for path in files for address in _first_vips(path)}
    sights = [_sight(path, addresses) for path in files]
    named = {place: place for place in at.values() if _is_address(place)} | dict(names)
    found_scenes, unaligned = scenes(sights, at, named, vip)
    return found_scenes, sights, unaligned


def findings(scene: Scene, logs: Logs | None = None) -> tuple[Finding, ...]:
    """One of each check of the harness, in the order of their names."""
    return tuple(
        msgspec.structs.replace(_finding(scene, name, logs or Logs()), name=name) for name in sorted(checks.ALL)
    )


def _finding(scene: Scene, name: str, logs: Logs) -> Finding:
    if scene.end - scene.begin < _LEAST_INTERVALS * scene.interval_ns:
        least = lasting(_LEAST_INTERVALS * scene.interval_ns)
        lack = f"at least {least} in which every point captured"
        return found(
            "inconclusive", f"All points captured at the same time for {lasting(scene.end - scene.begin)}.", [lack]
        )
    if not tenures(scene):
        return found("inconclusive", f"No node was seen to be master of {scene.vip}.", ["adverts of a master"])
    if name == "pair_agrees" and logs.states:
        return logs.pair_agrees(scene)
    if name in ASKED:
        return ASKED[name](scene)
    check = checks.ALL[name]
    needs = [need.name for need in (*check.needs, *check.needs_to_hold)]
    return found("inconclusive", UNTOLD, needs or ["what the machines themselves tell"])


def _judged(scene: Scene, logs: Logs) -> VipJudged:
    nodes = tuple(
        NodeSeen(name, node.ip, node.priority, len(scene.adverts[name]), len(scene.garps[name]))
        for name, node in scene.nodes.items()
    )
    told = story(scene, logs.instants(scene))
    return VipJudged(scene.vip, scene.vrid, seconds(scene.interval_ns), scene.begin, nodes, told, findings(scene, logs))


def _sight(path: Path, vips: Iterable[bytes]) -> Sight:
    sight = Sight(path.name, vips)
    sight.take(packets(path, sight.reading))
    return sight


def _first_vips(path: Path) -> set[bytes]:
    """The VIPs of the adverts at the file's begin: connections before the first advert count too."""
    ahead = Sight(path.name)
    ahead.take(islice(packets(path, ahead.reading), _LOOK_AHEAD))
    return ahead.vips


def _is_address(text: str) -> bool:
    """Is a node that has no name, but the address that its adverts come from?"""
    try:
        return bool(socket.inet_pton(socket.AF_INET, text))
    except OSError:
        return False


def _packed(what: str, address: str) -> bytes:
    try:
        return socket.inet_pton(socket.AF_INET, address)
    except OSError:
        raise BadValue(what, address, "an IPv4 address, such as 10.77.0.100 (IPv6 is not judged)") from None


def _places(files: Sequence[Path], places: Mapping[str, str]) -> dict[str, str]:
    """Raises `UsageError` for two captures of one name, `UnknownName` for the place of none."""
    known = [path.name for path in files]
    if len(set(known)) < len(known):
        raise UsageError("Two captures have the same file name. Rename one: its name tells them apart.")
    for name in places:
        if name not in known:
            raise UnknownName("capture", name, known)
    return dict(places)


def _nothing(sights: Sequence[Sight], vip: str) -> str:
    """Why there is nothing to judge."""
    if not any(sight.packets for sight in sights):
        notes = "; ".join(f"{sight.name!r}: {note}" for sight in sights for note in sight.reading.notes())
        return f"The captures have no packet that can be read{f' ({notes})' if notes else ''}."
    if any(sight.adverts for sight in sights):
        named = sorted({vip for sight in sights for each in sight.adverts[:1000] for vip in each.advert.vips})
        return f"No advert names {vip or 'a VIP'}. Adverts name: {', '.join(named[:20]) or 'none'}."
    if any(sight.ipv6_adverts for sight in sights):
        return "The captures have VRRP on IPv6 only, which is not judged."
    notes = "; ".join(f"{sight.name!r}: {note}" for sight in sights for note in sight.reading.notes())
    beside = f" ({notes})" if notes else ""
    return (
        f"The captures have no VRRP advertisement{beside}. Capture on the segment of the adverts, and let no filter "
        "drop them: tcpdump -i INTERFACE -w FILE 'vrrp or arp or host VIP'"
    )


def _read(sight: Sight, points: Sequence[Point], unaligned: Sequence[Unaligned]) -> FileRead:
    point = next((point for point in points if point.sight is sight), None)
    why = tuple(f"not judged: {each.why}" for each in unaligned if each.name == sight.name)
    drift = point.drift if point else None
    ran = (_ran_apart(drift),) if drift else ()
    ipv6 = (f"{sight.ipv6_adverts} VRRP adverts on IPv6, which are not judged",) if sight.ipv6_adverts else ()
    return FileRead(
        name=sight.name, packets=sight.packets, begin=_utc(sight.first), end=_utc(sight.last),
        clock_s=seconds(point.offset_ns) if point else 0.0, at=point.at if point else "", judged=point is not None,
        notes=(*why, *ran, *sight.reading.notes(), *ipv6),
    )  # fmt: skip


def _ran_apart(drift: Drift) -> str:
    span, error = lasting(drift.span_ns), lasting(drift.error_ns)
    return f"its clock ran apart by {span}, which the common adverts correct, within {error}"


def _utc(t: int) -> str:
    """Down to the microsecond."""
    moment = datetime.fromtimestamp(t // s, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{t % s // 1000:06}Z"


def _sentence(vips: tuple[VipJudged, ...], left: int, unread: Sequence[str]) -> str:
    every = [finding for vip in vips for finding in vip.checks]
    count = {word: sum(each.verdict == word for each in every) for word in ("violated", "holds", "inconclusive")}
    violated = ", ".join(dict.fromkeys(each.name for each in every if each.violated))
    said = f"{count['violated']} violated{f' ({violated})' if violated else ''}, {count['holds']} hold, "
    rest = f" {left} VIPs more are not judged: choose one with --vip." if left else ""
    if unread:
        were = f"{names(unread)} {'was' if len(unread) == 1 else 'were'}"
        rest += f" {were} not read to the end: judge a part alone (editcap -A, -B)."
    return f"{said}{count['inconclusive']} cannot be decided by these captures.{rest}"
