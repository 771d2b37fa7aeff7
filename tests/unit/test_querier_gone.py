"""`querier_gone`: what it plans, what it refuses, and which adverts it says that it hits."""

from typing import Any

import pytest

from harness import faults
from harness.lab.compose import topology
from harness.model.errors import BadValue, UnknownName
from harness.model.ops import DropVrrp
from harness.model.units import ms, s

LAB = topology()
PORT = "lb-ext-2.external"


def test_multicast_is_lost_again_and_again_until_the_duration_is_over() -> None:
    planned = faults.querier_gone(PORT, "in", lost=1 * s, heard=2 * s, duration=6_500 * ms).plan(LAB)
    op = DropVrrp(PORT, "egress", multicast=True)
    assert [(part.op, part.begin_ns, part.end_ns) for part in planned.parts] == [
        (op, 0, 1 * s),
        (op, 3 * s, 4 * s),
        (op, 6 * s, 6_500 * ms),
    ]


def test_both_directions_begin_and_end_together() -> None:
    planned = faults.querier_gone(PORT, duration=1 * s).plan(LAB)
    assert {(part.begin_ns, part.end_ns) for part in planned.parts} == {(0, 1 * s)}
    assert len(planned.parts) == 2


def test_adverts_to_a_unicast_peer_pass() -> None:
    """Checks read this: unicast adverts that are missing are then not excused."""
    assert {part.op.blocks.adverts for part in faults.querier_gone("trunk").plan(LAB).parts if part.op.blocks} == {
        "multicast"
    }


@pytest.mark.parametrize(
    "wrong, error, said",
    [
        ({"lost": 0}, BadValue, "lost.*positive"),
        ({"heard": -1}, BadValue, "heard.*positive"),
        ({"duration": 0}, BadValue, "duration.*positive"),
        ({"lost": 1, "heard": 1}, BadValue, "1000 times at most"),
        ({"direction": "a-to-b"}, BadValue, "out, in, both"),
        ({"target": "lb-ext-9"}, UnknownName, "lb-ext-"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        faults.querier_gone(**{"target": PORT, **wrong}).plan(LAB)


def test_it_is_one_line() -> None:
    told = faults.querier_gone(PORT).describe()
    assert told == f"multicast VRRP at {PORT} both (lost for 2 s, heard for 8 s) for 30 s"
