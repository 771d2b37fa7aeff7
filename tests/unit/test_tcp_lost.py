"""`tcp_lost`: what it plans, what it refuses, and what it leaves alone."""

from typing import Any

import pytest

from harness import faults
from harness.agents.network import nft
from harness.lab.compose import topology
from harness.model.errors import BadValue, UnknownName
from harness.model.ops import Disturbs, DropTcp, Part
from harness.model.units import s

LAB = topology()
PORT = "lb-ext-1.internal"


def test_each_direction_at_its_side_of_the_port() -> None:
    """What a node sends comes in at its switch port."""
    assert faults.tcp_lost(PORT, "out", duration=1 * s).plan(LAB).parts == (
        Part(DropTcp(PORT, "ingress", False), 0, s),
    )
    assert faults.tcp_lost(PORT, "in").plan(LAB).parts == (Part(DropTcp(PORT, "egress", False), 0),)
    assert len(faults.tcp_lost("lb-ext-1").plan(LAB).parts) == 4


def test_what_opens_a_connection_alone() -> None:
    (part,) = faults.tcp_lost("trunk", "a-to-b", opening=True).plan(LAB).parts
    assert part.op == DropTcp("trunk.b", "ingress", opening=True)


def test_it_may_reach_a_check_and_hides_no_advert() -> None:
    """No check excuses a missing advert or announcement by it."""
    op = DropTcp(PORT, "egress", opening=False)
    assert (op.disturbs, op.blocks) == (Disturbs.requests, None)


def test_two_sets_of_the_kernel_for_each_side() -> None:
    names = [
        nft.tcp("dev", side, opening=opening).set_name for side in ("ingress", "egress") for opening in (False, True)
    ]
    assert names == ["tcp_ingress", "syn_ingress", "tcp_egress", "syn_egress"]


@pytest.mark.parametrize(
    "wrong, error, said",
    [
        ({"duration": 0}, BadValue, "duration.*positive"),
        ({"direction": "a-to-b"}, BadValue, "out, in, both"),
        ({"target": "lb-ext-9"}, UnknownName, "lb-ext-"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        faults.tcp_lost(**{"target": PORT, **wrong}).plan(LAB)


def test_it_is_one_line() -> None:
    assert faults.tcp_lost(PORT, "in").describe() == f"TCP lost at {PORT} in until undone"
    assert faults.tcp_lost(PORT, opening=True).describe() == f"new TCP connections lost at {PORT} both until undone"
