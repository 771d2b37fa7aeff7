"""Faults of frames: what is dropped, thinned, changed or late at which end of a cable."""

import msgspec
import pytest

from harness import faults
from harness.faults import Fault
from harness.model.errors import BadValue
from harness.model.ops import Corrupt, Delay, Drop, DropGarp, DropVrrp, LimitGarp, LimitRate, LinkDown, Lose, Side
from harness.model.units import ms, s
from tests.planned import FIRST, LAB, VIP, ops, times


def test_trunk_directions() -> None:
    """a-to-b enters switch b: it is dropped where it comes in."""
    assert ops(faults.blackhole("trunk", direction="a-to-b").plan(LAB)) == [Drop("trunk.b", "ingress")]
    assert ops(faults.blackhole("trunk", direction="b-to-a").plan(LAB)) == [Drop("trunk.a", "ingress")]
    assert len(ops(faults.blackhole("trunk").plan(LAB))) == 2


def test_node_directions() -> None:
    """What a node sends comes in at its switch port."""
    assert ops(faults.blackhole("lb-ext-1.external", direction="out").plan(LAB)) == [
        Drop("lb-ext-1.external", "ingress")
    ]
    assert ops(faults.blackhole("lb-ext-1.external", direction="in").plan(LAB)) == [Drop("lb-ext-1.external", "egress")]


def test_a_node_means_all_its_ports() -> None:
    assert ops(faults.link_down("lb-ext-1").plan(LAB)) == [LinkDown("lb-ext-1.external"), LinkDown("lb-ext-1.internal")]


def test_garp_lost_where_it_would_leave_the_switch() -> None:
    """At a cache's own port, or on its way along a trunk; of that pair's VIP only."""
    vip = LAB.virtual_router("external").first.address
    assert ops(faults.garp_lost("gw-2").plan(LAB)) == [DropGarp("gw-2.external", "egress", vip)]
    assert ops(faults.garp_lost("trunk", direction="a-to-b").plan(LAB)) == [DropGarp("trunk.a", "egress", vip)]
    assert len(ops(faults.garp_lost("trunk").plan(LAB))) == 2


def test_carrier_flaps_until_the_duration_is_over() -> None:
    planned = faults.flapping("gw-1.external", down=300 * ms, up=200 * ms, duration=1_200 * ms).plan(LAB)
    down = LinkDown("gw-1.external")
    assert times(planned) == [(down, 0, 300 * ms), (down, 500 * ms, 800 * ms), (down, 1_000 * ms, 1_200 * ms)]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"down": 0}, "Invalid down|down.*a positive number"),
        ({"up": -1}, "up.*a positive number"),
        ({"duration": 0}, "duration.*a positive number"),
        ({"down": 1, "up": 1}, "1000 times at most"),
    ],
)
def test_flaps_that_cannot_be_meant_are_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        faults.flapping("gw-1.external", **wrong).plan(LAB)


def test_adverts_are_lost_on_the_side_that_the_direction_names() -> None:
    port = f"{FIRST}.external"
    assert ops(faults.vrrp_lost(port).plan(LAB)) == [DropVrrp(port, "ingress", False), DropVrrp(port, "egress", False)]
    assert ops(faults.vrrp_lost(port, "out", multicast=True).plan(LAB)) == [DropVrrp(port, "ingress", True)]


@pytest.mark.parametrize(
    "fault, op, words",
    [
        (faults.loss(f"{FIRST}.external", 2.5), Lose(f"{FIRST}.external", "ingress", 2.5), "2.5 % of frames lost at"),
        (
            faults.corrupt(f"{FIRST}.external", 20),
            Corrupt(f"{FIRST}.external", "ingress", 20),
            "20 % of frames corrupt at",
        ),
        (
            faults.rate(f"{FIRST}.external", 1_500_000),
            LimitRate(f"{FIRST}.external", "ingress", 1_500_000),
            "limited to 1.5Mbit until undone",
        ),
    ],
    ids=["loss", "corrupt", "rate"],
)
def test_some_frames_of_each_direction(fault: Fault, op: Lose | Corrupt | LimitRate, words: str) -> None:
    """What a node sends comes in at its port. No single frame shows where such an op begins."""
    assert ops(fault.plan(LAB)) == [op, msgspec.structs.replace(op, side="egress")]
    assert fault.targets() == (op.leased,)
    assert words in fault.describe()
    assert op.blocks is None


def test_some_announcements_pass_up_to_a_rate() -> None:
    some = faults.garp_lost("gw-2", passing=2, duration=s)
    assert ops(some.plan(LAB)) == [LimitGarp("gw-2.external", "egress", VIP, 2)]
    assert some.describe() == "gratuitous ARP beyond 2 a second lost at gw-2 for 1 s"


@pytest.mark.parametrize(
    "fault, said",
    [
        *((faults.loss("trunk", percent), "from 0.01 to 100") for percent in (0, -1, 0.009, 100.1, float("nan"))),
        (faults.corrupt("trunk", 0), "from 0.01 to 100"),
        (faults.loss("trunk", 1, "out"), "a-to-b, b-to-a, both"),
        (faults.loss("trunk", 1, duration=0), "positive"),
        *((faults.rate("trunk", limit), "from 8kbit to 10Gbit") for limit in (0, -1, 7_999, 10_000_000_001)),
        *((faults.garp_lost("gw-2", passing=number), "from 1 to 1,000") for number in (0, -1, 1_001)),
    ],
)
def test_shares_and_rates_that_cannot_be_kept_are_refused(fault: Fault, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        fault.plan(LAB)


def test_frames_are_late_in_each_direction() -> None:
    fault = faults.delay("trunk", 50 * ms, 5 * ms, duration=s)
    ends: tuple[tuple[str, Side], ...] = (("trunk.b", "ingress"), ("trunk.a", "ingress"))
    assert ops(fault.plan(LAB)) == [Delay(end, side, 50 * ms, 5 * ms) for end, side in ends]
    assert fault.describe() == "trunk both late by 50 ms ± 5 ms for 1 s"
    assert faults.delay("trunk", s).describe() == "trunk both late by 1 s until undone"


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.delay("trunk", ms - 1), "latency is .*from 1 ms to 10 s"),
        (faults.delay("trunk", 10 * s + 1), "latency is .*from 1 ms to 10 s"),
        (faults.delay("trunk", ms, ms + 1), "jitter is .*up to the latency"),
        (faults.delay("trunk", ms, -1), "jitter is .*from 0 ms"),
        (faults.delay("trunk", ms, direction="in"), "a-to-b, b-to-a, both"),
    ],
)
def test_a_delay_that_cannot_be_kept_is_refused(fault: Fault, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        fault.plan(LAB)


def test_one_direction_of_a_trunk_returns_first() -> None:
    plan = faults.one_direction_first("trunk", first="b-to-a", duration=1 * s, by=200 * ms).plan(LAB)
    assert [(str(part.op), part.end_ns) for part in plan.parts] == [
        ("drop trunk.a ingress", 1_000 * ms),
        ("drop trunk.b ingress", 1_200 * ms),
    ]
