"""The eye in a real lab: where a tap sees a frame, what changes in the nodes, and that nothing outlives a node."""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import docker
import pytest

from harness.history import wire
from harness.lab import compose
from harness.lab.exec import find_container
from harness.model.errors import UsageError
from harness.model.events import (
    AddressChanged,
    AdvertSeen,
    ArpSeen,
    EventsLost,
    FdbChanged,
    Lag,
    LinkChanged,
    Marked,
    MarkerSeen,
    NeighbourChanged,
    RouteChanged,
)
from harness.model.ops import Drop, LinkDown
from harness.model.units import ms, s
from tests.lab.shared import execute, restart
from tests.lab.watched import Watched, watching

pytestmark = pytest.mark.lab

TOPOLOGY: Final = compose.topology()
ROUTER: Final = TOPOLOGY.virtual_router("external")
VIP: Final = ROUTER.first.address
HELD: Final = 200 * ms


@pytest.fixture(scope="module")
def eye(lab: str) -> Iterator[Watched]:
    with watching(lab, "network-agent", "eye") as watched:
        watched.wait(AddressChanged, lambda e: e.ip == VIP and e.present)
        yield watched


@pytest.fixture(scope="module")
def hand(lab: str) -> Iterator[Watched]:
    with watching(lab, "network-agent", "hand") as watched:
        watched.client.lease("test_eye", ("trunk", "gw-2"))
        yield watched


def test_a_new_subscriber_learns_what_exists(lab: str, eye: Watched) -> None:
    with watching(lab, "network-agent", "eye") as late:
        baseline = list(late.events)
        wired = late.client.hello().wired
    assert set(wired) == set(TOPOLOGY.nodes)
    addresses = {(e.node, e.ip) for e in baseline if isinstance(e, AddressChanged) and e.present}
    assert {(port.node, port.address) for port in TOPOLOGY.ports.values()} <= addresses
    links = {(e.node, e.device) for e in baseline if isinstance(e, LinkChanged) and e.up and e.carrier}
    assert {(port.node, port.device) for port in TOPOLOGY.ports.values()} == links
    assert {e.switch for e in baseline if isinstance(e, FdbChanged)} <= set(TOPOLOGY.switches)
    assert not [e for e in baseline if isinstance(e, RouteChanged) and e.to == "default"]


def test_one_advert_is_seen_once_at_every_port_that_it_passes(eye: Watched) -> None:
    start = eye.mark()
    first = eye.wait(AdvertSeen, lambda e: e.inward and e.port == "lb-ext-1.external", start)
    after = eye.wait(AdvertSeen, lambda e: e.inward and e.t > first.t and e.port == "lb-ext-1.external", start)
    one = [(e.port, e.inward) for e in eye.of(AdvertSeen, start) if first.t <= e.t < after.t]
    external = {port.name for port in TOPOLOGY.ports.values() if port.segment == "external"}
    assert sorted(one) == sorted(
        [(port, port == "lb-ext-1.external") for port in external] + [("trunk.a", False), ("trunk.b", True)]
    )


def test_kernel_times_are_on_the_agents_clock(eye: Watched) -> None:
    start = eye.mark()
    before = eye.client.mark("before")
    advert = eye.wait(AdvertSeen, lambda e: e.inward and e.t > before, start)
    assert before < advert.t < eye.client.mark("after")


POINTS: Final = [
    Drop("trunk.a", "ingress"),
    Drop("trunk.a", "egress"),
    Drop("gw-2.external", "ingress"),
    Drop("gw-2.external", "egress"),
    LinkDown("gw-2.external"),
]


@pytest.mark.parametrize("op", POINTS, ids=str)
def test_a_measuring_stream_brackets_an_op(eye: Watched, hand: Watched, op: Drop | LinkDown) -> None:
    """The tap sees a frame before an ingress drop and only after an egress drop: else there would be no bracket."""
    start = eye.mark()
    eye.measure(1000, (op.port, op.side if isinstance(op, Drop) else "egress"))
    eye.wait(MarkerSeen, lambda e: e.number == 100, start)
    applied, released = hand.hold(op, HELD)
    blocked = op.blocks
    eye.wait(MarkerSeen, lambda e: not e.inward and e.t > released.t + 50 * ms, start)
    eye.measure(0)
    passed, missing = wire.bracket(eye.events[start:], blocked, applied.t, HELD // 2)
    last, first = wire.release_bracket(eye.events[start:], blocked, released.t, HELD // 2)
    assert passed is not None
    assert missing is not None
    assert last is not None
    assert first is not None
    assert passed <= applied.t
    assert applied.begun_ns <= missing
    assert last <= released.t or isinstance(op, LinkDown)  # a link forwards a moment after it is up
    assert released.begun_ns <= first
    assert wire.passed_inside(eye.events[start:], blocked, applied.t, released.begun_ns) == 0
    assert not eye.of(EventsLost, start)


def test_measuring_leaves_no_trace_in_the_switches(eye: Watched) -> None:
    start = eye.mark()
    eye.measure(200, ("trunk.a", "egress"))
    eye.wait(MarkerSeen, lambda e: e.number > 20, start)
    eye.measure(0)
    assert not [e for e in eye.of(FdbChanged) if e.mac.startswith("02:88:b5")]


def test_a_point_that_does_not_exist_is_refused_with_the_valid_ones(eye: Watched) -> None:
    with pytest.raises(UsageError, match=r"trunk\.a"):
        eye.measure(100, ("trunk.c", "ingress"))


def test_a_cable_that_goes_is_seen_by_its_node(eye: Watched, hand: Watched) -> None:
    start = eye.mark()
    applied, _ = hand.hold(LinkDown("gw-2.external"), HELD)
    down = eye.wait(LinkChanged, lambda e: e.node == "gw-2" and e.device == "lan0" and not e.carrier, start)
    eye.wait(LinkChanged, lambda e: e.node == "gw-2" and e.device == "lan0" and e.carrier and e.t > down.t, start)
    assert applied.begun_ns < down.t < applied.t + HELD


def test_neighbours_and_the_requests_that_find_them(eye: Watched) -> None:
    start = eye.mark()
    execute("gw-1", "ip", "neigh", "flush", "dev", "lan0")
    execute("gw-1", "ping", "-c1", "-W2", VIP)
    eye.wait(NeighbourChanged, lambda e: e.node == "gw-1" and e.ip == VIP and e.mac is None, start)
    eye.wait(NeighbourChanged, lambda e: e.node == "gw-1" and e.ip == VIP and e.mac == "02:77:00:00:00:01", start)
    eye.wait(ArpSeen, lambda e: e.inward and e.port == "gw-1.external" and e.target_ip == VIP, start)


def test_a_default_route_by_the_management_network_does_not_go_unseen(eye: Watched) -> None:
    start = eye.mark()
    execute("gw-1", "ip", "route", "add", "default", "dev", "eth0")
    eye.wait(RouteChanged, lambda e: e.node == "gw-1" and e.to == "default" and e.present and e.device == "eth0", start)
    execute("gw-1", "ip", "route", "del", "default", "dev", "eth0")
    eye.wait(RouteChanged, lambda e: e.node == "gw-1" and e.to == "default" and not e.present, start)


def eyes_pid(lab: str) -> str:
    """As the engine's host numbers it, and so does the agent."""
    top = find_container(docker.from_env(), lab, "network-agent").top()
    column = top["Titles"].index("PID")
    return str(next(line[column] for line in top["Processes"] if line[-1].endswith("harness.agents.network.eye")))


def test_an_eye_that_could_not_run_says_how_late_it_read(lab: str, eye: Watched) -> None:
    """An entry that is forgotten while the eye stands still is told late, and the next lag says by how much."""
    pid = eyes_pid(lab)
    execute("gw-1", "ping", "-c1", "-W2", VIP)
    eye.client.mark("what the ping taught has been told")
    start = eye.mark()
    execute("network-agent", "sh", "-c", f"kill -STOP {pid}")
    stopped = time.monotonic_ns()  # the engine is local here: one clock
    execute("gw-1", "ip", "neigh", "flush", "dev", "lan0")
    flushed = time.monotonic_ns()
    time.sleep(max(0, stopped + 600 * ms - flushed) / s)
    execute("network-agent", "sh", "-c", f"kill -CONT {pid}")
    told = eye.wait(NeighbourChanged, lambda e: e.node == "gw-1" and e.ip == VIP and e.mac is None, start)
    lag = eye.wait(Lag, lambda e: e.observer == "eye" and e.t >= told.t, start)
    assert told.t - flushed <= lag.lag_ns
    assert lag.lag_ns >= 400 * ms
    eye.wait(Lag, lambda e: e.t > lag.t and e.lag_ns < 400 * ms, start)


def test_a_mark_comes_after_every_frame_of_before(eye: Watched) -> None:
    """Also where frames wait, as under a fast stream: whoever has read as far as the mark has all that was before."""
    start = eye.mark()
    eye.measure(4000, ("trunk.a", "ingress"), ("trunk.a", "egress"))
    eye.wait(MarkerSeen, lambda e: e.number == 2000, start)
    marks = [eye.client.mark("x") for _ in range(5)]
    eye.measure(0)
    eye.client.mark("end")
    for mark in marks:
        place = next(i for i, e in enumerate(eye.events) if isinstance(e, Marked) and e.t == mark)
        late = [e.t for e in eye.events[place:] if isinstance(e, MarkerSeen) and e.t < mark - 5 * ms]
        assert not late, f"{len(late)} frames, the first {(mark - min(late)) / ms:.1f} ms before the mark"


def test_events_are_numbered_without_a_hole(eye: Watched) -> None:
    """All that this subscriber got since it joined, but for the baseline."""
    eye.client.mark("end")
    numbers = [event.serial for event in eye.events if event.told_by == "eye"]
    assert len(numbers) > 100
    assert {after - before for before, after in pairwise(numbers)} == {1}
    assert {event.serial for event in eye.events if event.told_by != "eye"} == {0}


def test_a_dead_node_is_let_go_and_followed_again_when_it_returns(eye: Watched) -> None:
    """Its address ends with it, the measuring stream that left from it stops and comes back."""
    start = eye.mark()
    eye.measure(200, ("gw-2.external", "ingress"))
    eye.wait(MarkerSeen, lambda e: e.port == "gw-2.external" and e.inward, start)
    restart("gw-2")
    gone = eye.wait(AddressChanged, lambda e: e.node == "gw-2" and not e.present, start)
    back = eye.wait(AddressChanged, lambda e: e.node == "gw-2" and e.present and e.t > gone.t, start)
    eye.wait(MarkerSeen, lambda e: e.port == "gw-2.external" and e.inward and e.t > back.t, start)
    eye.measure(0)
