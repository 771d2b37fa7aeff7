"""Frames follow forwarding tables over trunks."""

import pytest

from harness.history.forwarding import Forwarding
from tests.histories import LB1, LB2, lab

MAC = "02:77:00:00:00:02"  # lb-ext-2's, on sw-b


@pytest.mark.parametrize(
    "fdb, reached",
    [
        ({"sw-a": "trunk.a", "sw-b": f"{LB2}.external"}, LB2),
        ({"sw-a": "trunk.a"}, LB2),  # unknown on sw-b: flooded, and one node has it
        ({}, LB2),
        ({"sw-a": f"{LB1}.external"}, LB1),  # wrong, but that is where it goes
        ({"sw-a": "trunk.a", "sw-b": "trunk.b"}, None),  # in circles
        ({"sw-a": "trunk.a", "sw-b": "gw-2.external"}, "gw-2"),
    ],
)
def test_from_sw_a(fdb: dict[str, str], reached: str | None) -> None:
    tables = {(switch, MAC): port for switch, port in fdb.items()}
    assert Forwarding(lab(), tables).reaches("sw-a", MAC) == reached


def test_unknown_mac_that_no_node_has() -> None:
    assert Forwarding(lab(), {}).reaches("sw-a", "00:00:5e:00:01:33") is None


def test_unknown_mac_of_a_vip_reaches_the_node_that_has_the_vip() -> None:
    """A switch that has forgotten it floods (RFC 5798 section 7.3: the address is the VIP's own, not a card's)."""
    vmac = "00:00:5e:00:01:33"
    for holders, reached in (((LB2,), LB2), ((), None), ((LB1, LB2), None)):
        assert Forwarding(lab(), {}, {("external", vmac): holders}).reaches("sw-a", vmac) == reached
    assert Forwarding(lab(), {}, {("internal", vmac): (LB2,)}).reaches("sw-a", vmac) is None
    learnt = {("sw-a", vmac): f"{LB1}.external"}
    assert Forwarding(lab(), learnt, {("external", vmac): (LB2,)}).reaches("sw-a", vmac) == LB1


def test_flood_stays_in_its_segment() -> None:
    assert Forwarding(lab(), {}).reaches("sw-c1", MAC) is None
