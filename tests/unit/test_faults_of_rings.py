"""Faults of rings."""

import pytest

from harness import faults
from harness.faults import Fault
from harness.model.errors import BadValue, UsageError
from harness.model.ops import AnyOp, ForceOpen, IgnoreChanges, LinkDown, OpenLate
from harness.model.units import ms, s
from tests.full_network import full
from tests.planned import LAB, ops


@pytest.mark.parametrize(
    "fault, expected",
    [
        (faults.link_down("trunk"), [LinkDown("trunk.a")]),
        (faults.flush_suppressed("sw-c"), [IgnoreChanges("sw-c")]),
        (faults.reconvergence_late("sw-a", by=2 * s), [OpenLate("sw-a", 2 * s)]),
        (faults.ring_loop("trunk-ca"), [ForceOpen("trunk-ca.a"), ForceOpen("trunk-ca.b")]),
    ],
)
def test_faults_of_a_ring(fault: Fault, expected: list[AnyOp]) -> None:
    assert ops(fault.plan(full())) == expected


@pytest.mark.parametrize(
    "fault, said",
    [
        (faults.flush_suppressed("sw-a"), "none in this lab: harness up --network full"),
        (faults.reconvergence_late("sw-c"), "none in this lab"),
        (faults.ring_loop("trunk"), "none in this lab"),
        (faults.one_direction_first("gw-1"), "trunk"),
        (faults.one_direction_first("trunk", by=0), "by"),
        (faults.one_direction_first("trunk", duration=0), "duration"),
        (faults.link_down("sw-a"), "trunk"),
    ],
)
def test_a_lab_without_rings_refuses_their_faults(fault: Fault, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        fault.plan(LAB)


@pytest.mark.parametrize("by", [49 * ms, 61 * s])
def test_how_late_an_alternate_can_be(by: int) -> None:
    with pytest.raises(BadValue, match="from 50ms to 60s"):
        faults.reconvergence_late("sw-a", by=by).plan(full())
