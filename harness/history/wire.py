"""What captured frames say about an op: the last frame that passed and the first that did not. Pure.

The rule (`harness.agents.network.frames` says why): a frame seen *inward* at a port has reached it; seen *outward* it
has passed nftables. For ``Drop(P, ingress)`` a frame is offered when seen inward at P, and passed if it is seen outward
anywhere later. For ``Drop(P, egress)`` and ``LinkDown(P)`` it passed if seen outward at P, and was offered when seen
inward at the port that feeds P: for each flow, the last inward port before P of the frames that did pass.

Times are those of the *offer*, so a bracket's width is one interval of the measuring stream. An op is inside its
bracket if ``last_passed_ns <= acknowledged_ns`` and ``begun_ns <= first_missing_ns``; a release likewise, with the last
missing and the first passed. One exception: a link that comes up forwards once the kernel's link watch has run, which
may be after the acknowledgement (0.15 ms, once in some 20 on a busy machine): the last missing frame of a LinkDown may
be later than that.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from harness.model.events import AdvertSeen, AnyEvent, ArpSeen, MarkerSeen
from harness.model.ops import Blocked

SAME_FRAME_NS = 2_000_000
"""Sightings of one ARP or VRRP flow closer than this are one frame: forwarding takes µs, a repetition 10 ms."""

BROADCAST = "ff:ff:ff:ff:ff:ff"

FrameSeen = ArpSeen | AdvertSeen | MarkerSeen
Bracket = tuple[int | None, int | None]


class OfferedFrame(NamedTuple):
    """One frame that reached the port of the op: when, and whether it passed."""

    offered_ns: int
    passed: bool


def bracket(events: Iterable[AnyEvent], blocked: Blocked, instant_ns: int, window_ns: int) -> Bracket:
    """(last passed, first missing) around `instant_ns`, the begin of an op that blocks; None for a frame not seen.

    The window (± `window_ns`) must be shorter than the time for which the op is held.
    """
    return _turn(offered_frames(_near(events, instant_ns, window_ns), blocked), instant_ns, before=True)


def release_bracket(events: Iterable[AnyEvent], blocked: Blocked, instant_ns: int, window_ns: int) -> Bracket:
    """(last missing, first passed) around the release; otherwise like `bracket`."""
    return _turn(offered_frames(_near(events, instant_ns, window_ns), blocked), instant_ns, before=False)


def passed_inside(events: Iterable[AnyEvent], blocked: Blocked, acknowledged_ns: int, release_begun_ns: int) -> int:
    """How many frames passed that were offered while the op was held: 0 if the op worked."""
    return sum(f.passed for f in offered_frames(events, blocked) if acknowledged_ns <= f.offered_ns < release_begun_ns)


def offered_frames(events: Iterable[AnyEvent], blocked: Blocked) -> list[OfferedFrame]:
    """Every frame that was offered at `blocked`, in order of time."""
    frames = _frames(event for event in events if isinstance(event, FrameSeen))
    find = _ingress if blocked.side == "ingress" else _egress
    return sorted(find(frames, blocked.port))


Frames = dict[tuple[object, ...], list[FrameSeen]]
"""Flow and number → the sightings of that frame, in order of time."""


def _ingress(frames: Frames, port: str) -> Iterator[OfferedFrame]:
    for sightings in frames.values():
        offered = next((s.t for s in sightings if s.inward and s.port == port), None)
        if offered is not None:
            yield OfferedFrame(offered, any(not s.inward and s.t >= offered and s.port != port for s in sightings))


def _egress(frames: Frames, port: str) -> Iterator[OfferedFrame]:
    feeds = {key[:-1]: feed for key, sightings in frames.items() if (feed := _feed(sightings, port))}
    for key, sightings in frames.items():
        feed = feeds.get(key[:-1])
        offered = next((s.t for s in reversed(sightings) if s.inward and s.port == feed), None)
        if offered is not None:
            yield OfferedFrame(offered, any(not s.inward and s.port == port for s in sightings))


def _feed(sightings: list[FrameSeen], port: str) -> str | None:
    """The port by which a frame entered the switch that it left by `port`; None if it did not leave there."""
    feed = None
    for sighting in sightings:
        if sighting.inward:
            feed = sighting.port
        elif sighting.port == port:
            return feed
    return None


def _frames(sightings: Iterable[FrameSeen]) -> Frames:
    """Sightings by frame. Markers have a number; other frames are distinguished by time."""
    frames: Frames = {}
    latest: dict[tuple[object, ...], int] = {}  # flow → begin of its latest frame, which is that frame's number
    for seen in sorted(sightings, key=lambda s: s.t):
        flow = _flow(seen)
        if isinstance(seen, MarkerSeen):
            number = seen.number
        elif flow is None:
            continue
        else:
            number = latest.get(flow, seen.t)
            if seen.t - number > SAME_FRAME_NS:
                number = seen.t
            latest[flow] = number
        frames.setdefault((flow, number), []).append(seen)
    return frames


def _flow(seen: FrameSeen) -> tuple[object, ...] | None:
    """The key that all frames of one sender and purpose share; None for unicast ARP, which may end at any node."""
    match seen:
        case MarkerSeen():
            return ("marker", seen.stream)
        case AdvertSeen():
            return ("advert", seen.source, seen.ip, seen.vrid)  # a virtual MAC may send on two segments
        case ArpSeen():
            flow = ("arp", seen.source, seen.opcode, seen.sender_ip, seen.target_ip)
            return flow if seen.destination == BROADCAST else None


def _near(events: Iterable[AnyEvent], instant_ns: int, window_ns: int) -> Iterator[AnyEvent]:
    return (event for event in events if abs(event.t - instant_ns) <= window_ns)


def _turn(frames: list[OfferedFrame], instant_ns: int, *, before: bool) -> Bracket:
    """The change from `before` to its contrary that is nearest to the instant; without one, the side that was seen."""
    turns = [(a.offered_ns, b.offered_ns) for a, b in pairwise(frames) if a.passed is before and b.passed is not before]
    if turns:
        return min(turns, key=lambda turn: abs((turn[0] + turn[1]) // 2 - instant_ns))
    if not frames:
        return (None, None)
    if frames[0].passed is before:
        return (frames[-1].offered_ns, None)
    return (None, frames[0].offered_ns)
