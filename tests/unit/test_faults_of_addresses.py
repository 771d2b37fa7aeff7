"""Faults of addresses: a VIP that is deleted or taken, a stranger that speaks VRRP."""

from typing import Any

import pytest

from harness import faults
from harness.model.errors import BadValue
from harness.model.ops import AddressGone, AddressKeptAway, AddressTaken, DeleteAddress, PinNeighbour, SpeakVrrp
from harness.model.units import ms, s
from tests.planned import FIRST, LAB, OWN, VIP, ops, times


def test_arp_ignored_pins_the_entry_of_the_vip() -> None:
    planned = faults.arp_ignored("customer-3", duration=2 * ms).plan(LAB)
    assert ops(planned) == [PinNeighbour("customer-3", LAB.virtual_router("external").first.address)]
    assert planned.ends_ns == 2 * ms


def test_an_own_address_is_gone_until_the_undo_and_a_vip_is_deleted_once() -> None:
    assert ops(faults.address_deleted(FIRST, OWN).plan(LAB)) == [AddressGone(FIRST, OWN)]
    assert ops(faults.address_deleted(FIRST).plan(LAB)) == [DeleteAddress(FIRST, VIP)]


def test_a_device_that_is_none_of_the_pair_takes_the_vip() -> None:
    assert ops(faults.address_taken("customer-3").plan(LAB)) == [AddressTaken("customer-3", VIP, "external")]
    named = faults.address_taken("customer-3", "external", VIP, s)
    assert named.plan(LAB).ends_ns == s
    assert named.describe() == "VIP of external 10.77.0.100 taken by customer-3 for 1 s"


@pytest.mark.parametrize("target", [FIRST, "customer-1"])
def test_a_vip_can_be_taken_on_its_own_segment_alone(target: str) -> None:
    with pytest.raises(BadValue, match="a node on the segment external outside external"):
        faults.address_taken(target).plan(LAB)


def test_a_manager_deletes_the_vip_again_and_again() -> None:
    planned = faults.address_deleted(FIRST, every=300 * ms, duration=s).plan(LAB)
    assert times(planned) == [(AddressKeptAway(FIRST, VIP, 300 * ms), 0, s)]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"address": "10.77.0.99"}, "an address that lb-ext-1 may have: .*10.77.0.100"),
        ({"every": s, "duration": -1}, "a positive number"),
        ({"every": 10 * ms - 1, "duration": s}, "10 ms or more"),
    ],
)
def test_deletions_that_cannot_be_meant_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        faults.address_deleted(FIRST, **wrong).plan(LAB)


def test_a_stranger_speaks_with_the_vrid_of_the_pair() -> None:
    (speech,) = ops(faults.vrrp_stranger("customer-3", duration=s).plan(LAB))
    assert speech == SpeakVrrp("customer-3", "external", 51, 200, "10.77.0.254", 3, s)
    named = faults.vrrp_stranger("customer-3", "external", 100, VIP, "2", 500 * ms)
    assert ops(named.plan(LAB)) == [SpeakVrrp("customer-3", "external", 51, 100, VIP, 2, 500 * ms)]
    assert named.describe() == "adverts of external with priority 100 from customer-3 until undone"


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"target": FIRST}, "a node on the segment external outside external"),
        ({"target": "customer-1"}, "a node on the segment external outside external"),
        ({"priority": 0}, "from 1 to 255"),
        ({"priority": 256}, "from 1 to 255"),
        ({"interval": 10 * ms - 1}, "from 10 ms to 40 s"),
        ({"interval": 40 * s + 1}, "from 10 ms to 40 s"),
        ({"vip": "nowhere"}, "an IPv4 address"),
    ],
)
def test_an_advert_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        faults.vrrp_stranger(**{"target": "customer-3"} | wrong).plan(LAB)
