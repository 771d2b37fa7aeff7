"""Which node had the VIP: by adverts, gratuitous ARP, and the frames that nodes sent from it."""

from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter

from harness.capture.bounds import bounds
from harness.capture.runs import SILENT_NS
from harness.capture.scene import Scene
from harness.capture.tenure import AT_ONCE_NS, Tenure, had_until, latest, pause, rank, rivalries, taken, tenures, turns
from harness.capture.words import at, found, lasting, names, unseen_nodes
from harness.history.timeline import FOREVER, Interval, gaps, union
from harness.model.limits import Limit
from harness.model.outcome import Finding, Instant

_HEARD = 3  # adverts in a row: one may be lost inside the machine


def single_owner(scene: Scene) -> Finding:
    """In the end, and until the first change, one node alone is master."""
    every = tenures(scene)
    if deaf := list(_deaf(scene, every)):
        return _both(scene, deaf)
    rest = settled(scene, every)
    if rest is None:
        return found("inconclusive", "The capture ends before the pair must have settled.", ["the time after that"])
    owners = [each for each in every if each.last > rest.begin]
    doubt = [*_doubts(scene, every, scene.begin), *unseen_nodes(scene)]
    if len(owners) != 1 or owners[0].end != "open":
        said = f"From {at(scene, rest.begin)} on {names(each.node for each in owners)} sent adverts"
        return found("inconclusive", f"{said}, not one node all the time.", [*doubt, "when faults ended"])
    said = f"In the last {lasting(rest.length)} {owners[0].node} alone sent adverts for {scene.vip}."
    return found("inconclusive" if doubt else "holds", said, doubt)


def dual_owner(scene: Scene) -> Finding:
    """Once they hear each other again, two nodes are master for no longer than a bound."""
    bound, every = bounds(scene)["dual_owner"], tenures(scene)
    if deaf := [each for each in _deaf(scene, every) if each[2] > bound.ns]:
        return _both(scene, deaf, bound)
    doubt = [*_doubts(scene, every, scene.begin), *unseen_nodes(scene)]
    rivals = rivalries(every)
    if not rivals:
        said = "No two nodes were seen to be master at the same time."
        return found("inconclusive" if doubt else "holds", said, doubt, (), bound)
    losers = [min(pair, key=lambda each: each.last) for pair in rivals]
    instants = [Instant(other.first, f"{one.node} and {other.node} are master") for one, other in rivals]
    said = f"{names(each.node for pair in rivals for each in pair)} were master at the same time, the last time until "
    said += f"{at(scene, max(each.last for each in losers))}."
    slow = [each for each in losers if each.end != "superseded" or _after_heard(scene, each) > bound.ns]
    if slow or doubt:
        lacks = [f"when {each.node} could hear the other node again" for each in slow]
        return found("inconclusive", said, [*doubt, *lacks], instants, bound)
    return found("holds", f"{said} Each gave up as soon as a higher advert arrived.", (), instants, bound)


def no_owner(scene: Scene) -> Finding:
    """The VIP is without a master at most as long as a takeover takes; after a resignation, as long as the skew."""
    limits, every = bounds(scene), tenures(scene)
    if not every:
        return found("inconclusive", f"No node sent adverts for {scene.vip}.", ["adverts"], (), limits["no_owner"])
    runs = [Interval(run.first, run.last + 1) for node in scene.nodes for run in scene.holds(node)]
    without = _without(scene, every, runs)
    judged = [(gap, _gap_bound(scene, gap, every, limits)) for gap in without]
    long = [(gap, bound) for gap, bound in judged if gap.length > bound.ns]
    if not long and (hidden := _hidden(scene, every, runs, limits["no_owner"].ns)):
        said = f"From {at(scene, hidden.begin)} no node advertised for {lasting(hidden.length)}, and frames from "
        said += f"{scene.vip} may have been {lasting(SILENT_NS)} apart."
        return found("inconclusive", said, ["frames from it closer together"], (), limits["no_owner"])
    if not long:
        longest = max((gap.length for gap in without), default=0)
        said = (
            f"The longest time without a sign of an owner was {lasting(longest)}." if longest else "It had one always."
        )
        return found("holds", said, (), (), limits["no_owner"])
    gap, bound = max(long, key=lambda each: each[0].length - each[1].ns)
    said = f"From {at(scene, gap.begin)} no node was seen to have {scene.vip} for {lasting(gap.length)}."
    instants = [Instant(gap.begin, "no sign of an owner"), Instant(gap.end, "a sign again, or the capture's end")]
    if bound is limits["no_owner_planned"] and _heard_resigning(scene, gap, _next_owner(every, gap)):
        return found("violated", f"{said} Its master had resigned.", (), instants, bound)
    lacks = [f"whether the node that fell silent still had it: `ip address` on {names(scene.nodes)}"]
    return found("inconclusive", said, [*lacks, *unseen_nodes(scene)], instants, bound)


def _without(scene: Scene, every: list[Tenure], runs: list[Interval]) -> list[Interval]:
    """Times without a sign of an owner. `runs`: when nodes sent frames from the VIP."""
    held = [*(Interval(each.first, had_until(scene, each) + 1) for each in every), *runs]
    return [gap for gap in gaps(union(held), Interval(scene.begin, scene.end)) if gap.length > pause(scene)]


def _hidden(scene: Scene, every: list[Tenure], runs: list[Interval], bound_ns: int) -> Interval | None:
    """A time without adverts that is too long, unless a run of frames, which may have pauses, was one without them."""
    if bound_ns >= SILENT_NS:
        return None
    ends = [Interval(t, t + 1) for run in runs for t in (run.begin, run.end - 1)]
    found = (gap for gap in _without(scene, every, ends) if gap.length > bound_ns)
    return max(found, key=lambda gap: gap.length, default=None)


def transitions(scene: Scene) -> Finding:
    """Mastership changes no more often than the faults can explain."""
    every = tenures(scene)
    changes, lacks = taken(scene, every), unseen_nodes(scene)
    if not changes and every and all(each.end == "open" for each in every):
        return found("inconclusive" if lacks else "holds", "Mastership never changed.", lacks)
    story = ", ".join(f"{each.node} at {at(scene, each.first)}" for each in changes)
    story = story or ", ".join(f"{each.node} until {at(scene, each.last)}" for each in every) or "no node was master"
    instants = [Instant(each.first, f"{each.node} becomes master") for each in changes]
    return found("inconclusive", f"Changes: {story}.", ["what was done to the pair", *lacks], instants)


def settled(scene: Scene, every: list[Tenure]) -> Interval | None:
    """From when no change of mastership came any more, and time to settle had passed; None if that is not at all."""
    changes = turns(scene, every)
    begin = max(changes, default=scene.begin) + (bounds(scene)["settle"].ns if changes else 0)
    return Interval(begin, scene.end) if begin + 3 * scene.interval_ns < scene.end else None


def doubts_of_silence(scene: Scene, every: list[Tenure]) -> list[str]:
    """What is not known of nodes that stopped without a word."""
    return [
        f"whether {each.node} still had the VIP after {at(scene, each.last)}, when it fell silent without resigning"
        for each in every
        if each.end == "silent"
    ]


def may_hold(scene: Scene, tenure: Tenure) -> Interval:
    """When the node may have had the VIP in this tenure: for ever, if it fell silent."""
    found_so = tenure.first <= scene.begin + pause(scene)
    until = FOREVER if tenure.end == "open" else latest(scene, tenure)
    return Interval(0 if found_so else tenure.first - AT_ONCE_NS, FOREVER if until is None else until + 1)


def surely_held(scene: Scene, tenure: Tenure) -> Interval:
    """As `may_hold`, but of a node that fell silent only until its next advert was due."""
    held = may_hold(scene, tenure)
    return Interval(held.begin, tenure.last + pause(scene)) if tenure.end == "silent" else held


def _doubts(scene: Scene, every: list[Tenure], begin: int) -> list[str]:
    strange = dict.fromkeys(mac.hex(":") for t, mac in scene.strangers if t >= begin)
    others = [f"which machine {mac} is: it claims {scene.vip}" for mac in list(strange)[:5]]
    return [*doubts_of_silence(scene, every), *others, *_answers_late(scene, every)]


def _answers_late(scene: Scene, every: list[Tenure]) -> Iterator[str]:
    """Nodes that sent frames from the VIP, or claimed it, while they were not master."""
    for node in scene.nodes:
        own = [surely_held(scene, each) for each in every if each.node == node]
        seen = [*scene.claims_of(node), *(t for run in scene.holds(node) for t in (run.first, run.last))]
        if any(not any(held.begin <= t < held.end for held in own) for t in seen if t >= scene.begin):
            yield f"why {node} sent frames from {scene.vip} while it sent no adverts"


def _deaf(scene: Scene, every: list[Tenure]) -> Iterator[tuple[Tenure, Tenure, int]]:
    """(node, its rival, for how long): it went on as master although higher adverts arrived at its own interface."""
    settle = bounds(scene)["settle"].ns
    for one, other in rivalries(every):
        for loser, winner in ((one, other), (other, one)):
            heard = scene.arrived.get(loser.node, {}).get(winner.node, [])
            since = heard[bisect_left(heard, max(one.first, other.first), key=itemgetter(0)) :][:_HEARD]
            own = scene.sent[loser.node]
            mine = own[bisect_left(own, loser.last, key=itemgetter(0)) :][:1]
            if len(since) == _HEARD and mine and rank(since[-1][1].advert) > rank(mine[0][1].advert):
                length = loser.last - since[-1][0]
                if length > settle:
                    yield loser, winner, length


def _both(scene: Scene, deaf: list[tuple[Tenure, Tenure, int]], bound: Limit | str = "") -> Finding:
    loser, winner, length = max(deaf, key=itemgetter(2))
    said = (
        f"{loser.node} stayed master for {lasting(length)} after higher adverts of {winner.node} had arrived at its "
        f"interface, until {at(scene, loser.last)}."
    )
    return found(
        "violated", said, (), [Instant(loser.last - length, f"{loser.node} and {winner.node} are master")], bound
    )


def _after_heard(scene: Scene, loser: Tenure) -> int:
    """How long the loser may have been master since it heard its rival, at most; all the time if no point was there."""
    heard = scene.arrived.get(loser.node, {}).get(loser.rival)
    until = latest(scene, loser)
    if heard is None or until is None:
        return scene.end - scene.begin + 1
    since = heard[bisect_left(heard, loser.first, key=itemgetter(0)) :][:1]
    return until - since[0][0] if since else 0


def _gap_bound(scene: Scene, gap: Interval, every: list[Tenure], limits: dict[str, Limit]) -> Limit:
    """After a resignation the skew, unless the node that resigned came back: it waits as any that starts.

    Instances of a sync group wait for each other, so only for a single router.
    """
    left = any(node != _next_owner(every, gap) for node, _ in _resigned_at(scene, gap))
    return limits["no_owner_planned" if scene.alone and left else "no_owner"]


def _next_owner(every: list[Tenure], gap: Interval) -> str:
    """The node with which the time without an owner ended; "" if none is known."""
    return next((each.node for each in every if abs(each.first - gap.end) <= AT_ONCE_NS), "")


def _resigned_at(scene: Scene, gap: Interval) -> list[tuple[str, int]]:
    """(node, when) of the adverts of priority 0 with which it began."""
    near = pause(scene)
    return [(node, t) for node, times in scene.resigned.items() for t in times if abs(t - gap.begin) <= near]


def _heard_resigning(scene: Scene, gap: Interval, node: str) -> bool:
    """Was the node there as a backup: did the master's adverts, and the one that resigned, arrive at its interface?"""
    for master, t in _resigned_at(scene, gap):
        heard = scene.arrived.get(node, {}).get(master, []) if master != node else []
        there = [sight.advert.priority for when, sight in heard if t - pause(scene) <= when <= t + AT_ONCE_NS]
        if 0 in there and any(there):
            return True
    return False
