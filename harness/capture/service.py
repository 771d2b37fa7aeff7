"""What clients got: TCP connections to the VIP, by handshakes, resets, and the first byte of an answer."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.capture.bounds import bounds
from harness.capture.client import Client
from harness.capture.connection import Connections, Wait
from harness.capture.haproxy_log import status_of
from harness.capture.ownership import may_hold, settled, surely_held
from harness.capture.scene import Point, Scene
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
_OTHER = 300
MOST_CLIENTS = 1_000


class _Seen(NamedTuple):
    """What some points saw of connections to the VIP."""

    points: str
    connections: Connections
    replies: bool


@lru_cache(maxsize=2)
def clients(scene: Scene) -> list[Client]:
    """Those that began connections; of more than a thousand those with the most.

    Of a client the point counts that saw the most, or the points at the nodes together: each of them gets the frames
    while its node has the VIP.
    """
    best: dict[int, _Seen] = {}
    for seen in _every(scene):
        numbers, counts = np.unique(seen.connections["client"], return_counts=True)
        for number in numbers[np.argsort(-counts)][:MOST_CLIENTS].tolist():
            mine = seen.connections[seen.connections["client"] == number]
            if number not in best or len(best[number].connections) < len(mine):
                best[number] = seen._replace(connections=mine)
    found = (_client(scene, number, seen) for number, seen in best.items())
    return sorted(found, key=lambda client: client.ip)


def _client(scene: Scene, number: int, seen: _Seen) -> Client:
    ip = ".".join(map(str, number.to_bytes(4, "big")))
    return Client(ip, seen.points, seen.connections, seen.replies, _with_statuses(scene, ip, seen.connections))


def _every(scene: Scene) -> Iterator[_Seen]:
    yield from (_seen(scene, [point]) for point in scene.points if not point.at)
    if at_nodes := [point for point in scene.points if point.at]:
        yield _seen(scene, at_nodes)


def _seen(scene: Scene, points: Sequence[Point]) -> _Seen:
    every = np.concatenate([_of_vip(scene, point) for point in points])
    replies = any(point.sight.connector.replies > 0 for point in points)
    return _Seen(names(point.name for point in points), every if len(points) == 1 else _joined(every), replies)


def _of_vip(scene: Scene, point: Point) -> Connections:
    every = point.sight.connector.connections
    mine: Connections = every[every["vip"] == int.from_bytes(scene.packed, "big")]
    for name in ("due", "answered", "done"):
        mine[name] = np.where(mine[name] > 0, point.times(mine[name]), 0)
    return mine


def _joined(every: Connections) -> Connections:
    """Each connection once: of several points that saw its SYN what came of it at best, since the first of them."""
    if not len(every):
        return every
    keys = [every[name] for name in ("client", "port", "sequence")]
    order = np.lexsort((every["due"], every["outcome"] != Outcome.ok, *keys))
    begins = np.flatnonzero(np.concatenate([[True], np.any([np.diff(key[order]) != 0 for key in keys], axis=0)]))
    found = every[order[begins]]
    found["due"] = np.minimum.reduceat(every["due"][order], begins)
    joined: Connections = found[np.argsort(found["due"], kind="stable")]
    return joined


def service_level(scene: Scene) -> Finding:
    """Each client is served once the pair must have settled."""
    demanded = f"once settled {_RECOVERED:.0%} of a client's connections are answered within {lasting(GOOD_WITHIN_NS)}"
    every = clients(scene)
    rest = settled(scene, tenures(scene))
    if not every:
        return found("inconclusive", "", [f"connections to {scene.vip}"], (), demanded)
    if rest is None:
        return found("inconclusive", "", ["time after the pair must have settled"], (), demanded)
    calm = min(turns(scene, tenures(scene)), default=scene.end)
    watched = Interval(rest.begin, scene.end - _TIMEOUT_NS)
    dark = [part for client in every for part in client.by_port if _dark(part, watched, calm)]
    if dark:
        since = at(scene, min(map(_dark_since, dark)))
        said = f"{names(each.name for each in dark)} got no answer in time from {since} on"
        instants = [Instant(_dark_since(each), f"{each.name} is not served any more") for each in dark]
        return found("violated", f"{said}, until the capture ended.", (), instants, demanded)
    lacks, bad_for = _unknown(scene, every), max(map(_bad_for, every))
    lacks += [lack for client in every for part in client.by_port for lack in _otherwise(scene, part, rest, calm)]
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
    if unsure := {client: wait.unsure for client, wait in waits.items() if wait.unsure > bound.ns}:
        client = max(unsure, key=lambda each: unsure[each])
        lack = f"whether {client} waited for an answer for {lasting(unsure[client])}, or sent on, or to another node"
        return found("inconclusive", _longest(waits), [lack], (), bound)
    lacks = [f"a connection of {ip} that is kept open and asks at least every {lasting(bound.ns)}" for ip in asking
             if ip not in waits or not waits[ip].again or waits[ip].quiet > bound.ns]  # fmt: skip
    lacks += unseen_nodes(scene)
    if not any(wait.again for wait in waits.values()):
        return found("inconclusive", "", lacks or ["connections that are kept open"], (), bound)
    return found("inconclusive" if lacks else "holds", _longest(waits), lacks, (), bound)


def _longest(waits: Mapping[str, Wait]) -> str:
    client, wait = max(waits.items(), key=lambda each: each[1].length)
    return f"The longest wait was {lasting(wait.length)}, of {client}."


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


def _with_statuses(scene: Scene, ip: str, connections: Connections) -> NDArray[np.int64]:
    """Marks those that HAProxy answered with an error, or not at all → `Client.statuses`."""
    found = np.zeros(len(connections), np.int64)
    if not scene.answers:
        return found
    for i in np.flatnonzero(connections["outcome"] == Outcome.ok).tolist():
        found[i] = status_of(scene.answers, ip, int(connections["port"][i]), int(connections["due"][i])) or 0
    connections["outcome"][(found < 0) | (found >= _ERROR)] = Outcome.http_error
    return found


def _otherwise(scene: Scene, client: Client, rest: Interval, calm: int) -> Iterator[str]:
    """A client that got what it asked for until `calm`, and at rest was sent elsewhere or refused each time."""
    due, other = client.connections["due"], (client.statuses >= _OTHER) & (client.statuses < _ERROR)
    since, told = due >= rest.begin, client.statuses > 0
    before = bool((told & ~other & (due < calm)).any())
    if before and int((since & told).sum()) >= LEAST_ARRIVALS and bool(other[since & told].all()):
        last = int(due[told & ~other].max())
        first = int(np.flatnonzero(other & (due > last))[0])
        yield f"whether {client.name} is to get status {client.statuses[first]} from {at(scene, int(due[first]))} on"


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


def _dark(client: Client, rest: Interval, calm: int) -> bool:
    """Was none served since the last that was, for a second at least, of a client that was served until `calm`?

    They alone must be more than 1 % of those at rest. A client that never was served well tells nothing of a failover.
    """
    every, none = client.connections, _unserved(client.connections)
    settled = (every["due"] >= rest.begin) & (every["due"] < rest.end)
    here = settled & (every["due"] > every["due"][~none].max(initial=0))
    if not client.replies or int(here.sum()) < max(LEAST_ARRIVALS, (1 - _RECOVERED) * int(settled.sum()) + 1):
        return False
    before = bool(_good(every)[every["due"] < calm].any())
    return before and rest.end - int(every["due"][here].min()) >= s


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
