"""Gratuitous ARP by which a new owner, or the one that remained of two, corrects the caches."""

from bisect import bisect_left, bisect_right
from typing import Final

from harness.capture.bounds import bounds
from harness.capture.ownership import doubts_of_silence
from harness.capture.scene import Scene
from harness.capture.sight import Sight
from harness.capture.tenure import LATE_NS, Tenure, latest, rivalries, taken, tenures
from harness.capture.words import at, found, names, unseen_nodes, unseen_times
from harness.model.outcome import Finding, Instant

_COMMON_MAC: Final = "which node sent what carries the common MAC address"


def takeover_announced(scene: Scene) -> Finding:
    """Every takeover is followed by a gratuitous ARP from the new owner, within a bound."""
    bound, every = bounds(scene)["announced"], tenures(scene)
    takeovers = taken(scene, every)
    if not takeovers:
        lacks = unseen_nodes(scene)
        return found("inconclusive" if lacks else "not applicable", "No node was seen to take over.", lacks, (), bound)
    if scene.virtual:
        said = f"{names(each.node for each in takeovers)} became master."
        return found("inconclusive", said, [_COMMON_MAC], (), bound)
    silent = [each for each in takeovers if not _sent(scene, each.node, each.first - LATE_NS, each.first + bound.ns)]
    instants = [Instant(each.first, f"{each.node} becomes master") for each in silent or takeovers]
    if not silent:
        said = f"{names(each.node for each in takeovers)} announced every takeover."
        return found("holds", said, (), instants, bound)
    first = silent[0]
    said = f"{first.node} became master at {at(scene, first.first)}, and no gratuitous ARP of it was seen in time."
    sure = [each for each in silent if _is_new(each, every) and _would_be_seen(scene, each, bound.ns)]
    if sure:
        return found("violated", said, (), instants, bound)
    lacks = [lack for each in silent for lack in _lacks(scene, each.node)]
    kept = [f"whether {each.node} had kept the VIP all the time" for each in silent if not _is_new(each, every)]
    return found("inconclusive", said, [*kept, *lacks] or ["the time until it was due"], instants, bound)


def survivor_announced(scene: Scene) -> Finding:
    """When one of two masters gives up, the other sends gratuitous ARP, within a bound."""
    limits, every = bounds(scene), tenures(scene)
    bound, rivals = limits["survivor"], rivalries(every)
    lacks = [*unseen_nodes(scene), *doubts_of_silence(scene, every)]
    if not rivals:
        said = "No two nodes were seen to be master at the same time."
        return found("inconclusive" if lacks else "not applicable", said, lacks, (), bound)
    if scene.virtual:
        said = f"{names(each.node for pair in rivals for each in pair)} were master at the same time."
        return found("inconclusive", said, [_COMMON_MAC], (), bound)
    judged = [_survivor(scene, *pair, bound.ns, limits["settle"].ns) for pair in rivals]
    return next(each for word in ("violated", "inconclusive", "holds") for each in judged if each.verdict == word)


def _survivor(scene: Scene, one: Tenure, other: Tenure, bound_ns: int, settle_ns: int) -> Finding:
    loser, winner = sorted((one, other), key=lambda each: each.last)
    bound = bounds(scene)["survivor"]
    released = latest(scene, loser)
    instants = [Instant(loser.last, f"{winner.node} is the only master again")]
    said = f"{winner.node} was the only master again after {at(scene, loser.last)}"
    if released is None or not loser.given_up or winner.last <= loser.last:
        return found("inconclusive", f"{said}, as it seems.", [f"when {loser.node} gave the VIP up"], instants, bound)
    if _sent(scene, winner.node, released, loser.last + bound_ns):
        return found("holds", f"{said}, and announced itself.", (), instants, bound)
    ever = _sent(scene, winner.node, other.first, scene.end)
    if ever:
        said = f"{said}; its gratuitous ARP came before or long after that."
        return found("inconclusive", said, ["when the fault ended"], instants, bound)
    if winner is one and not _lacks(scene, winner.node) and scene.end > released + bound_ns + settle_ns:
        return found("violated", f"{said} and sent no gratuitous ARP.", (), instants, bound)
    lacks = _lacks(scene, winner.node) or ["the time until it was due"]
    return found("inconclusive", f"{said}, and no gratuitous ARP of it was seen.", lacks, instants, bound)


def _sent(scene: Scene, node: str, begin: int, end: int) -> bool:
    times = scene.garps[node]
    return bisect_left(times, begin) < bisect_right(times, end)


def _is_new(tenure: Tenure, every: list[Tenure]) -> bool:
    """Had the node given the VIP up before, or another been master? One that only fell silent may have kept it."""
    before = [each for each in every if each.last < tenure.first]
    own = [each for each in before if each.node == tenure.node]
    return own[-1].given_up if own else bool(before)


def _would_be_seen(scene: Scene, tenure: Tenure, bound_ns: int) -> bool:
    """Twice the bound: the advert, by which the takeover is timed, is sent a moment before the address is set."""
    due = tenure.first + 2 * bound_ns
    return due <= scene.end and not _lacks(scene, tenure.node) and not _sent(scene, tenure.node, tenure.first, due)


def _shows_vip(scene: Scene, node: str) -> bool:
    """Does the point at the node's interface see the VIP's segment at all? The adverts' may be another."""
    here = [point for point in scene.points if point.at == node]
    return any(
        scene.vip in point.sight.by_address
        or any(vip == scene.packed for runs in (point.sight.leads, point.sight.holds) for vip, _ in runs)
        for point in here
    )


def _lacks(scene: Scene, node: str) -> list[str]:
    """What kept a gratuitous ARP that the node sent from being seen, perhaps.

    A quiet interface may show no ARP at all: that of another point tells that the filter lets it pass.
    """
    here, times = [point.sight for point in scene.points if point.at == node], unseen_times(scene, node)
    if here and _shows_vip(scene, node):
        asked = {
            "ARP: no capture has any, does the filter drop it?": any(point.sight.macs for point in scene.points),
            f"what {node} itself sent: its capture has none of it, was it of one direction?": any(
                _sent_by(scene, node, sight) for sight in here
            ),
        }
        return [*times, *(lack for lack, there in asked.items() if not there)]
    return [*times, f"a capture at the interface of {node} that {scene.vip} is on (name it with --at {node}=FILE)"]


def _sent_by(scene: Scene, node: str, sight: Sight) -> bool:
    """Did the point see an advert of the node, or a frame that it sent from the VIP?"""
    machine = scene.nodes[node]
    return any(ip == machine.ip for _, ip in sight.by_sender) or any(
        mac in machine.macs and vip == scene.packed for vip, mac in sight.holds
    )
