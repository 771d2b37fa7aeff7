"""Wire brackets, over what the eye really saw: five ops of 200 ms under a measuring stream (tests/data/wire.jsonl).

The file holds, per op, its OpApplied and OpReleased and then the sightings within 5 ms of either, as recorded.
"""

from pathlib import Path

import pytest

from harness.history.wire import BROADCAST, bracket, offered_frames, passed_inside, release_bracket
from harness.model.events import AdvertSeen, AnyEvent, ArpSeen, Decoder, MarkerSeen, OpApplied, OpReleased
from harness.model.ops import Blocked
from harness.model.units import ms

RECORDED = Path(__file__).parents[1] / "data" / "wire.jsonl"
WINDOW = 5 * ms
OP = Blocked("trunk.a", "ingress")


class Recorded:
    def __init__(self, applied: OpApplied) -> None:
        assert applied.op.blocks
        self.op, self.blocked = applied.op, applied.op.blocks
        self.applied = applied
        self.released: OpReleased
        self.seen: list[AnyEvent] = []


def _recordings() -> list[Recorded]:
    decoder, found = Decoder(), list[Recorded]()
    for line in RECORDED.read_bytes().splitlines():
        match decoder.decode(line):
            case OpApplied() as applied:
                found.append(Recorded(applied))
            case OpReleased() as released:
                found[-1].released = released
            case event if event:
                found[-1].seen.append(event)
    return found


RECORDINGS = _recordings()
each = pytest.mark.parametrize("recorded", RECORDINGS, ids=[str(r.op) for r in RECORDINGS])


@each
def test_every_recorded_op_is_inside_its_bracket(recorded: Recorded) -> None:
    applied, released = recorded.applied, recorded.released
    passed, missing = bracket(recorded.seen, recorded.blocked, applied.t, WINDOW)
    assert passed is not None
    assert missing is not None
    assert passed <= applied.t
    assert applied.begun_ns <= missing
    assert missing - passed < WINDOW
    last, first = release_bracket(recorded.seen, recorded.blocked, released.t, WINDOW)
    assert last is not None
    assert first is not None
    assert last <= released.t
    assert released.begun_ns <= first


@each
def test_no_frame_passed_inside(recorded: Recorded) -> None:
    assert passed_inside(recorded.seen, recorded.blocked, recorded.applied.t, recorded.released.begun_ns) == 0


@each
def test_a_frame_that_passes_inside_is_counted(recorded: Recorded) -> None:
    """The same recording read for a claim that is wrong: the op is said to begin 4 ms before it did."""
    assert passed_inside(recorded.seen, recorded.blocked, recorded.applied.t - 4 * ms, recorded.applied.t) > 0


@each
def test_the_other_side_of_the_port_shows_no_drop_there(recorded: Recorded) -> None:
    """A bracket is that of its op, not of anything nearby: the stream never crosses this other place."""
    other = Blocked("api-1.internal", "egress")
    assert bracket(recorded.seen, other, recorded.applied.t, WINDOW) == (None, None)


def marker(t: int, port: str, number: int, *, inward: bool) -> MarkerSeen:
    return MarkerSeen(t, port, inward, 1, number)


def test_without_an_op_there_is_only_a_last_passed() -> None:
    seen = [
        event
        for n in range(5)
        for event in (marker(n * ms, "trunk.a", n, inward=True), marker(n * ms, "sw-a", n, inward=False))
    ]
    assert bracket(seen, OP, 2 * ms, WINDOW) == (4 * ms, None)


def test_within_a_long_drop_there_is_only_a_first_missing() -> None:
    seen = [marker(n * ms, "trunk.a", n, inward=True) for n in range(5)]
    assert bracket(seen, OP, 2 * ms, WINDOW) == (None, 0)


def test_a_frame_that_only_came_from_the_other_end_has_not_passed() -> None:
    """It leaves trunk.b before it reaches trunk.a: an outward sighting counts only if it is later."""
    seen = [marker(10, "trunk.b", 1, inward=False), marker(20, "trunk.a", 1, inward=True)]
    assert [frame.passed for frame in offered_frames(seen, OP)] == [False]


@pytest.mark.parametrize("apart, frames", [(2 * ms, 1), (2 * ms + 1, 2)])
def test_sightings_of_one_flow_within_2_ms_are_one_frame(apart: int, frames: int) -> None:
    """Only markers have numbers. Forwarding takes microseconds, and a GARP is repeated after 10 ms at the earliest."""
    mac = "02:77:00:00:00:01"
    seen = [ArpSeen(t, "trunk.a", True, mac, BROADCAST, 1, mac, "10.77.0.1", "10.77.0.1") for t in (0, apart)]
    assert len(offered_frames(seen, OP)) == frames


@pytest.mark.parametrize("offered, passed", [(9, 0), (10, 1), (19, 1), (20, 0)])
def test_an_op_is_held_from_its_acknowledgement_until_its_release_begins(offered: int, passed: int) -> None:
    seen = [marker(offered, "trunk.a", 1, inward=True), marker(offered, "sw-a", 1, inward=False)]
    assert passed_inside(seen, OP, 10, 20) == passed


def test_a_frame_that_leaves_by_the_port_is_not_offered_there() -> None:
    """At the same port: sent out by it, or come in by it."""
    assert offered_frames([marker(10, "trunk.a", 1, inward=False)], OP) == []


def test_a_frame_that_leaves_by_the_port_that_feeds_another_is_not_offered_to_it() -> None:
    """The flow came in by trunk.a; this frame of it leaves by trunk.a."""
    way = marker(0, "trunk.a", 1, inward=True), marker(1, "gw-1.external", 1, inward=False)
    assert len(offered_frames([*way, marker(ms, "trunk.a", 2, inward=False)], Blocked("gw-1.external", "egress"))) == 1


def test_a_frame_that_comes_in_by_the_port_has_not_left_by_it() -> None:
    way = marker(0, "trunk.a", 1, inward=True), marker(1, "gw-1.external", 1, inward=False)
    back = marker(ms, "trunk.a", 2, inward=True), marker(ms + 1, "gw-1.external", 2, inward=True)
    blocked = Blocked("gw-1.external", "egress")
    assert [frame.passed for frame in offered_frames([*way, *back], blocked)] == [True, False]
    assert bracket([*way, *back], blocked, ms, WINDOW) == (0, ms)


@pytest.mark.parametrize("instant, nearest", [(20, (0, 10)), (30, (40, 50))])
def test_of_several_changes_the_one_nearest_to_the_instant_counts(instant: int, nearest: tuple[int, int]) -> None:
    """Drops that follow each other within the window: from the middle of each change."""
    offered = [marker(t, "trunk.a", t, inward=True) for t in (0, 10, 40, 50)]
    seen = [*offered, marker(1, "sw-a", 0, inward=False), marker(41, "sw-a", 40, inward=False)]
    assert bracket(seen, OP, instant, WINDOW) == nearest


@pytest.mark.parametrize(
    "offered, told", [(0, (None, 0)), (2 * WINDOW, (None, 2 * WINDOW)), (2 * WINDOW + 1, (None, None))]
)
def test_frames_at_most_a_window_away_count(offered: int, told: tuple[int | None, int | None]) -> None:
    assert bracket([marker(offered, "trunk.a", 1, inward=True)], OP, WINDOW, WINDOW) == told


def test_one_frame_shows_one_side() -> None:
    offered, passed = marker(3, "trunk.a", 1, inward=True), marker(4, "sw-a", 1, inward=False)
    assert bracket([offered], OP, 2, WINDOW) == (None, 3)
    assert bracket([offered, passed], OP, 2, WINDOW) == (3, None)


def test_a_release_alone_is_no_begin() -> None:
    """Where frames are first missing and then pass, the first that is missing was so from before."""
    seen = [
        marker(3, "trunk.a", 1, inward=True),
        marker(6, "trunk.a", 2, inward=True),
        marker(7, "sw-a", 2, inward=False),
    ]
    assert bracket(seen, OP, 4, WINDOW) == (None, 3)
    assert release_bracket(seen, OP, 4, WINDOW) == (3, 6)


def test_adverts_alone_give_a_bracket_too() -> None:
    def advert(t: int, *ports: tuple[str, bool]) -> list[AnyEvent]:
        return [
            AdvertSeen(t + i, port, inward, "02:77:00:00:00:01", "10.77.0.1", 51, 150)
            for i, (port, inward) in enumerate(ports)
        ]

    way = ("lb-ext-1.external", True), ("trunk.a", False), ("trunk.b", True), ("lb-ext-2.external", False)
    seen = [*advert(0, *way), *advert(100 * ms, *way), *advert(200 * ms, *way[:3]), *advert(300 * ms, *way)]
    drop = Blocked("trunk.b", "ingress")
    assert bracket(seen, drop, 150 * ms, 99 * ms) == (100 * ms + 2, 200 * ms + 2)
    assert release_bracket(seen, drop, 250 * ms, 99 * ms) == (200 * ms + 2, 300 * ms + 2)


def test_unicast_arp_proves_nothing() -> None:
    """It may end at the very port that it came in by."""
    reply = ArpSeen(
        5, "trunk.a", True, "02:77:00:00:00:02", "02:77:00:00:00:01", 2, "02:77:00:00:00:02", "10.77.0.2", "10.77.0.1"
    )
    assert offered_frames([reply], OP) == []


def test_egress_is_judged_by_the_port_that_feeds_it() -> None:
    """Frames that were lost before they reached the switch are not held against the op."""
    whole = [
        event
        for n in (0, 1)
        for event in (
            marker(n * ms, "sw-b", n, inward=True),
            marker(n * ms + 1, "trunk.a", n, inward=True),
            marker(n * ms + 2, "gw-1.external", n, inward=False),
        )
    ]
    lost_earlier = [marker(2 * ms, "sw-b", 2, inward=True)]
    dropped = [marker(3 * ms, "sw-b", 3, inward=True), marker(3 * ms + 1, "trunk.a", 3, inward=True)]
    op = Blocked("gw-1.external", "egress")
    assert bracket([*whole, *lost_earlier, *dropped], op, 2 * ms, WINDOW) == (1 * ms + 1, 3 * ms + 1)
