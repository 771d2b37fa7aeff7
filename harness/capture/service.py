"""What clients got: TCP connections to the VIP, by handshakes, resets, and the first byte of an answer."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from harness.capture.bounds import bounds
from harness.capture.connection import Connections, Wait
from harness.capture.haproxy_log import status_of
from harness.capture.ownership import may_hold, settled, surely_held
from harness.capture.scene import Scene
from harness.capture.tenure import tenures, turns
from harness.capture.words import at, found, lasting, names, unseen_nodes
from harness.history.timeline import Interval
from harness.model.outcome import Finding, Instant
from harness.model.requests import Outcome
from harness.model.units import s
from harness.recovery.estimator import GOOD_WITHIN_NS, LEAST_ARRIVALS

_TIMEOUT_NS = 2 * s
_RECOVERED = 0.99
_ERROR = 500  # HTTP: the server's own failures; others may be what a client asked for
MOST_CLIENTS = 1_000


class Client(NamedTuple):
    """`connections`: on the scene's clock, of the point that saw the most. `replies`: did any answer pass that?"""

    ip: str
    point: str
    connections: Connections
    replies: bool
    unknown: int  # connections that were answered with a status which no log tells


@lru_cache(maxsize=2)
def clients(scene: Scene) -> list[Client]:
    """Those that began connections; of more than a thousand those with the most."""
    best: dict[int, Client] = {}
    vip = int.from_bytes(scene.packed, "big")
    for point in scene.points:
        every = point.sight.connector.connections
        own = every[every["vip"] == vip]
        numbers, counts = np.unique(own["client"], return_counts=True)
        for number in numbers[np.argsort(-counts)][:MOST_CLIENTS].tolist():
            mine = own[own["client"] == number].copy()
            if number in best and len(best[number].connections) >= len(mine):
                continue
            for name in ("due", "answered", "done"):
                mine[name] = np.where(mine[name] > 0, point.times(mine[name]), 0)
            ip = ".".join(map(str, number.to_bytes(4, "big")))
            unknown = _with_statuses(scene, ip, mine)
            best[number] = Client(ip, point.name, mine, point.sight.connector.replies > 0, unknown)
    return sorted(best.values(), key=lambda client: client.ip)


def service_level(scene: Scene) -> Finding:
    """Each client is served once the pair must have settled."""
    demanded = f"once settled {_RECOVERED:.0%} of a client's connections are answered within {lasting(GOOD_WITHIN_NS)}"
    every = clients(scene)
    rest = settled(scene, tenures(scene))
    if not every:
        return found("inconclusive", "", [f"connections to {scene.vip}"], (), demanded)
    if rest is None:
        return found("inconclusive", "", ["time after the pair must have settled"], (), demanded)
    last = Interval(scene.end - _TIMEOUT_NS - s, scene.end - _TIMEOUT_NS)
    calm = min(turns(scene, tenures(scene)), default=scene.end)
    dark = [client for client in every if last.begin >= rest.begin and _dark(client, last, calm)]
    if dark:
        said = (
            f"{names(each.ip for each in dark)} got no answer in time from {at(scene, min(map(_dark_since, dark)))} on"
        )
        instants = [Instant(_dark_since(each), f"{each.ip} is not served any more") for each in dark]
        return found("violated", f"{said}, until the capture ended.", (), instants, demanded)
    lacks, bad_for = _unknown(scene, every), max(map(_bad_for, every))
    good, of = sum(int(_good(each.connections).sum()) for each in every), sum(len(each.connections) for each in every)
    said = f"{good} of {of} connections of {names(each.ip for each in every)} were answered in time."
    if bad_for:
        said += f" From the first that was not to the last it was {lasting(bad_for)}."
    if bad_for > bounds(scene)["settle"].ns:
        lacks.append("when the fault ended")
    return found("inconclusive" if lacks else "holds", said, lacks, (), demanded)


def served_by_owner(scene: Scene) -> Finding:
    """Every new connection is answered by a node that was master then."""
    every, answered = tenures(scene), list(_answers(scene))
    if not answered:
        return found("inconclusive", "", [f"connections to {scene.vip} that a known node answered"])
    own = {node: [may_hold(scene, each) for each in every if each.node == node] for node in scene.nodes}
    wrong = [(t, node) for t, node in answered if not _within(t, own[node])]
    if wrong:
        t, node = wrong[0]
        said = f"{node} answered {len(wrong)} of {len(answered)} connections without adverts, from {at(scene, t)} on."
        lack = f"whether {node} had {scene.vip} as an address"
        return found("inconclusive", said, [lack], [Instant(t, f"answered by {node}") for t, node in wrong[:5]])
    sure = {node: [surely_held(scene, each) for each in every if each.node == node] for node in scene.nodes}
    if late := [(t, node) for t, node in answered if not _within(t, sure[node])]:
        t, node = late[0]
        said = f"{node} answered {len(late)} of {len(answered)} connections after its adverts had ended, from "
        said += f"{at(scene, t)} on."
        return found("inconclusive", said, [f"whether {node} was still master"], [Instant(t, f"answered by {node}")])
    lacks, masters = unseen_nodes(scene), names(node for _, node in answered)
    said = f"All {len(answered)} answers came from the master: {masters}."
    return found("inconclusive" if lacks else "holds", said, lacks)


def _within(t: int, held: list[Interval]) -> bool:
    return any(each.begin <= t < each.end for each in held)


def no_hang(scene: Scene) -> Finding:
    """No request on a connection that is kept open waits longer than a bound."""
    bound = bounds(scene)["hang"]
    waits, asking = scene.waits, [client.ip for client in clients(scene)]
    long = {client: wait for client, wait in waits.items() if wait.length > bound.ns}
    if long:
        across = {client: wait for client, wait in long.items() if _has_turn(scene, wait)}
        client, wait = max((across or long).items(), key=lambda each: each[1].length)
        said = f"A request of {client} waited for {lasting(wait.length)} from {at(scene, wait.begin)} on."
        lacks = [] if across else ["whether the application took that long: the master did not change meanwhile"]
        instants = [Instant(wait.begin, f"{client} waits")]
        return found("violated" if across else "inconclusive", said, lacks, instants, bound)
    lacks = [f"a connection of {ip} that is kept open and asks at least every {lasting(bound.ns)}" for ip in asking
             if ip not in waits or not waits[ip].again or waits[ip].quiet > bound.ns]  # fmt: skip
    lacks += unseen_nodes(scene)
    if not any(wait.again for wait in waits.values()):
        return found("inconclusive", "", lacks or ["connections that are kept open"], (), bound)
    client, wait = max(waits.items(), key=lambda each: each[1].length)
    said = f"The longest wait was {lasting(wait.length)}, of {client}."
    return found("inconclusive" if lacks else "holds", said, lacks, (), bound)


def _has_turn(scene: Scene, wait: Wait) -> bool:
    return any(wait.begin <= t <= wait.begin + wait.length for t in turns(scene, tenures(scene)))


def _unknown(scene: Scene, every: list[Client]) -> list[str]:
    """What is not known of the connections that were answered."""
    lacks = [f"answers to {each.ip} (they do not pass {each.point})" for each in every if _unseen_answers(each)]
    if unknown := sum(each.unknown for each in every):
        lacks.append(f"the status of {unknown} answers, which is payload (--haproxy-log)")
    if any(len(each.connections) < LEAST_ARRIVALS for each in every):
        lacks.append(f"{LEAST_ARRIVALS} connections of each client")
    return [*lacks, *unseen_nodes(scene)]


def _unseen_answers(client: Client) -> bool:
    """Did none pass the point, or did the client confirm a handshake of which it saw no half?"""
    every = client.connections
    return not client.replies or bool(((every["acked"] > 0) & (every["answered"] == 0)).any())


def _with_statuses(scene: Scene, ip: str, connections: Connections) -> int:
    """Marks those that HAProxy answered with an error, or not at all → how many answers no log tells the status of."""
    if not scene.answers:
        return int((connections["outcome"] == Outcome.ok).sum())
    unknown = 0
    for i in np.flatnonzero(connections["outcome"] == Outcome.ok).tolist():
        status = status_of(scene.answers, ip, int(connections["port"][i]), int(connections["due"][i]))
        if status is None:
            unknown += 1
        elif status < 0 or status >= _ERROR:
            connections["outcome"][i] = Outcome.http_error
    return unknown


def _bad_for(client: Client) -> int:
    """From the first bad connection to the last, in ns; 0 if none was bad."""
    bad = client.connections["due"][~_good(client.connections)]
    return int(bad[-1] - bad[0]) if len(bad) else 0


def _answers(scene: Scene) -> Iterator[tuple[int, str]]:
    """(t, node) of every connection that was answered, by the MAC address of the answer."""
    nodes = {mac: name for name, node in scene.nodes.items() for mac in node.macs}
    for client in clients(scene):
        answered = client.connections[client.connections["answered"] > 0]
        for t, mac in zip(answered["answered"].tolist(), answered["mac"].tolist(), strict=True):
            if (padded := mac.ljust(6, b"\0")) in nodes:  # numpy drops zeros at the end
                yield t, nodes[padded]


def _good(connections: Connections) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    good: np.ndarray[tuple[int], np.dtype[np.bool_]] = (connections["outcome"] == Outcome.ok) & (
        connections["done"] - connections["due"] <= GOOD_WITHIN_NS
    )
    return good


def _dark(client: Client, last: Interval, calm: int) -> bool:
    """Was no connection of the last second served, and none good after it, of a client that was served until `calm`?

    They alone must be more than 1 % of all. A client that never was served well tells nothing of a failover.
    """
    every, good, none = client.connections, _good(client.connections), _unserved(client.connections)
    here = (every["due"] >= last.begin) & (every["due"] < last.end)
    enough = client.replies and int(here.sum()) >= max(LEAST_ARRIVALS, (1 - _RECOVERED) * len(every) + 1)
    before = bool(good[every["due"] < calm].any())
    return enough and before and bool(none[here].all()) and not bool(good[every["due"] >= last.begin].any())


def _unserved(connections: Connections) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """No answer at all, a refusal, or an error in HAProxy's log. A late answer may be the application's own time, and
    a client that confirms a handshake got answers which did not pass the point."""
    outcome, silent = connections["outcome"], connections["answered"] == 0
    nothing: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        silent & (connections["acked"] == 0) & (outcome != Outcome.ok)
    ) | (outcome == Outcome.http_error)
    return nothing


def _dark_since(client: Client) -> int:
    """The first connection after the last good one: from then on none was answered in time."""
    due, good = client.connections["due"], np.flatnonzero(_good(client.connections))
    return int(due[good[-1] + 1 if len(good) else 0])
