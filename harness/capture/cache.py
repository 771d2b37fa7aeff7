"""Which node a device's ARP entry led to: its frames for the VIP are addressed to the MAC address of that entry."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from harness.capture.bounds import bounds
from harness.capture.ownership import doubts_of_silence, may_hold
from harness.capture.runs import SILENT_NS
from harness.capture.scene import Lead, Scene
from harness.capture.tenure import Tenure, tenures
from harness.capture.words import at, found, lasting, names, unseen_nodes
from harness.history.timeline import Interval, gaps, union
from harness.model.outcome import Finding, Instant
from harness.model.units import ms

_ALMOST_NS = 500 * ms
_MOST_NAMED = 5


class Sole(NamedTuple):
    """One node alone was master. `since`: at the earliest; `sure`: from then on surely, until `end`."""

    owner: str
    since: int
    sure: int
    end: int


def no_stale_arp(scene: Scene) -> Finding:
    """Every device reaches the owner, within a bound of its first gratuitous ARP."""
    bound, every = bounds(scene)["stale_arp"], tenures(scene)
    if why := _blind(scene):
        return found("inconclusive", "", why, (), bound)
    alone = list(sole(scene, every))
    astray = [stale for one in alone for stale in _stale(scene, one)]
    if sure := [stale for stale in astray if stale.sure]:
        return found("violated", _said(scene, sure), (), _instants(scene, sure), bound)
    lacks = [*unseen_nodes(scene), *doubts_of_silence(scene, every), *_silences(scene, alone)]
    if astray:
        return found(
            "inconclusive", _said(scene, astray), ["when the fault ended", *lacks], _instants(scene, astray), bound
        )
    if not alone:
        return found("inconclusive", "No node was known to be the only master.", lacks, (), bound)
    reached = names(lead.node for lead in sorted(lead for leads in scene.leads.values() for lead in leads))
    said = f"{names(map(scene.name_of, scene.leads))} led to {reached}"
    if lacks:
        return found("inconclusive", f"{said}.", lacks, (), bound)
    return found("holds", f"{said}, to each while it was master.", (), (), bound)


def sole(scene: Scene, every: list[Tenure]) -> Iterator[Sole]:
    """Each time in which one node alone was master, without the time in which another may still have had the VIP."""
    for tenure in every:
        begin = max(scene.begin, may_hold(scene, tenure).begin)
        end = scene.end if tenure.end == "open" else tenure.last
        others = [each for each in every if each.node != tenure.node]
        possible = gaps(union([Interval(each.first, each.last + 1) for each in others]), Interval(begin, end))
        certain = gaps(union([may_hold(scene, each) for each in others]), Interval(max(begin, tenure.first), end))
        for one in possible:
            sure = next((each for each in certain if one.begin <= each.begin < one.end), None)
            if sure:
                yield Sole(tenure.node, one.begin, sure.begin, sure.end)


class _Stale(NamedTuple):
    lead: Lead
    owner: str
    since: int
    until: int
    sure: bool


def _stale(scene: Scene, one: Sole) -> Iterator[_Stale]:
    """Frames to another node after every cache must know. Sure: they went on for as long as a pair may take to settle,
    or until the end; a fault that kept the announcement away may have lasted until then otherwise."""
    limits = bounds(scene)
    earliest, due = one.since + limits["stale_arp"].ns, one.sure + limits["survivor"].ns + limits["stale_arp"].ns
    for leads in scene.leads.values():
        for lead in leads:
            begin, end = max(lead.first, earliest), min(lead.last, one.end)
            if lead.node == one.owner or begin > end:
                continue
            lasted = end - max(lead.first, due)
            to_the_end = lasted > 0 and end > one.end - _ALMOST_NS and one.end == scene.end
            yield _Stale(lead, one.owner, begin, end, lasted > limits["settle"].ns or to_the_end)


def _blind(scene: Scene) -> list[str]:
    if scene.virtual:
        return [f"the switches' forwarding tables: {scene.vip} has a MAC address that each owner uses"]
    if not any(point.sight.ethernet for point in scene.points):
        return ["a capture with Ethernet headers (tcpdump -i INTERFACE, not -i any): to which MAC frames are addressed"]
    return [] if scene.leads else [f"frames of clients to {scene.vip}, on its segment"]


def _silences(scene: Scene, alone: list[Sole]) -> Iterator[str]:
    """Devices of which no frame to the owner was seen for more than a second while one node was the only master."""
    for device, mac in scene.unknown_leads[:_MOST_NAMED]:
        yield f"which machine {mac.hex(':')} is, to which {scene.name_of(device)} sent frames for {scene.vip}"
    for device, leads in scene.leads.items():
        for one in alone:
            first = one.since + bounds(scene)["stale_arp"].ns
            seen = [Interval(lead.first, lead.last + 1) for lead in leads if lead.node == one.owner]
            edges = gaps(union(seen), Interval(first, one.end)) if first < one.end else []
            if any(gap.length > SILENT_NS for gap in edges):
                yield f"frames of {scene.name_of(device)} to {scene.vip} in every second"
            elif first < one.end and not _answered(scene, one.owner, Interval(first, one.end)):
                yield f"answers of {one.owner} to clients"


def _answered(scene: Scene, owner: str, within: Interval) -> bool:
    """Did the owner answer until about the end? Then the switches lead frames for its MAC address to it."""
    return any(run.first < within.end and run.last > within.end - 2 * SILENT_NS for run in scene.holds(owner))


def _said(scene: Scene, stale: list[_Stale]) -> str:
    first, last = min(each.since for each in stale), max(each.until for each in stale)
    devices, reached = names(scene.name_of(each.lead.device) for each in stale), names(each.lead.node for each in stale)
    owner = names(each.owner for each in stale)
    return (
        f"{devices} sent frames for {scene.vip} to {reached} from {at(scene, first)} on, for {lasting(last - first)}, "
        f"although {owner} alone was master."
    )


def _instants(scene: Scene, stale: list[_Stale]) -> list[Instant]:
    return [Instant(each.since, f"{scene.name_of(each.lead.device)} leads to {each.lead.node}") for each in stale]


def changes(leads: list[Lead]) -> list[Lead]:
    """Of leads in order of time those that differ from the one before."""
    return [*leads[:1], *(b for a, b in pairwise(leads) if a.node != b.node)]
