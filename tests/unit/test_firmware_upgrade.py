"""An upgrade of fabric interconnects: what is cut, when, for how long, and what cannot be meant."""

import pytest

from harness import faults
from harness.lab.compose import topology
from harness.model.errors import BadValue, UnknownName
from harness.model.ops import Drop, LinkDown
from harness.model.units import ms, s

LAB = topology()


def test_the_uplink_is_cut_both_ways_and_the_carrier_stays() -> None:
    planned = faults.firmware_upgrade("trunk").plan(LAB)
    assert [(part.op, part.begin_ns, part.end_ns) for part in planned.parts] == [
        (Drop("trunk.b", "ingress"), 0, 800 * ms),
        (Drop("trunk.a", "ingress"), 0, 800 * ms),
    ]


def test_both_interconnects_in_turn() -> None:
    """The second one only once the first is back, and `pause` later."""
    fault = faults.firmware_upgrade("lb-ext-1.external", "lb-ext-2.external", duration=500 * ms, pause=2 * s)
    assert fault.targets() == ("lb-ext-1.external", "lb-ext-2.external")
    spans = [(part.op.port, part.begin_ns, part.end_ns) for part in fault.plan(LAB).parts if isinstance(part.op, Drop)]
    assert spans == [
        *[("lb-ext-1.external", 0, 500 * ms)] * 2,
        *[("lb-ext-2.external", 2_500 * ms, 3_000 * ms)] * 2,
    ]


def test_a_virtual_machine_may_lose_its_carrier() -> None:
    planned = faults.firmware_upgrade("lb-ext-1", carrier="lost").plan(LAB)
    assert [part.op for part in planned.parts] == [LinkDown("lb-ext-1.external"), LinkDown("lb-ext-1.internal")]


def test_jitter_is_drawn_from_the_seed() -> None:
    """Each cut of its own, inside the bounds, and the same again for the same seed."""
    drawn = [
        lasting
        for seed in range(200)
        for _, lasting in faults.firmware_upgrade("trunk", "trunk-int", jitter=300 * ms, seed=seed).cuts()
    ]
    assert 500 * ms <= min(drawn) < 520 * ms
    assert 1_080 * ms < max(drawn) <= 1_100 * ms
    one = faults.firmware_upgrade("trunk", "trunk-int", jitter=300 * ms, seed=7)
    assert one.plan(LAB) == one.plan(LAB)
    assert len({lasting for _, lasting in one.cuts()}) == 2
    ends = {part.end_ns for part in one.plan(LAB).parts}
    assert {lasting for _, lasting in one.cuts()[:1]} < ends, "the plan has the times that are drawn"


def test_it_says_what_it_does() -> None:
    fault = faults.firmware_upgrade("trunk", "trunk-int", duration=700 * ms)
    assert fault.describe() == (
        "firmware upgrade: trunk cut for 700 ms and then trunk-int cut for 700 ms, carrier kept"
    )


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"duration": 0}, "duration.*from 1 ms"),
        ({"pause": 0}, "pause.*from 1 ms"),
        ({"jitter": 800 * ms}, "jitter.*less than 800 ms"),
        ({"jitter": -1}, "jitter"),
        ({"second": "trunk"}, "second.*another interconnect than trunk"),
        ({"carrier": "lost"}, "carrier.*trunk is a trunk"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        faults.firmware_upgrade("trunk", **wrong).plan(LAB)  # type: ignore[arg-type]


def test_an_interconnect_that_is_not_there() -> None:
    with pytest.raises(UnknownName, match="uplink"):
        faults.firmware_upgrade("trunk", "uplink").plan(LAB)
