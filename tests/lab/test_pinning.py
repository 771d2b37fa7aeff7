"""A card fails over from one interconnect to the other, on the kernel's bridges: what switches know of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.lab.engine import connect
from harness.lab.images import ensure_images, tag
from harness.model.handed_topology import encode
from harness.model.lab_file import read

pytestmark = pytest.mark.lab

SCRIPT = (Path(__file__).parent / "pinning_alone.py").read_text()
LAB = read(Path(__file__).parents[2] / "docs" / "glbp.yaml").topology
HOME = {"sw-a": "uplink-a.b", "sw-b": "trunk.b"}
AWAY = {"sw-a": "trunk.a", "sw-b": "uplink-b.b"}


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    ensure_images(print, wanted={"agent"})
    client = connect()
    output = client.containers.run(
        f"failover-harness-agent:{tag()}",
        ["python3", "-c", SCRIPT, encode(LAB).decode()],
        network_mode="none",
        cap_drop=["ALL"],
        cap_add=["NET_ADMIN", "NET_RAW"],
        remove=True,
    )
    yield json.loads(output)
    client.close()


def test_the_card_moves_at_once_and_its_guest_keeps_its_carrier(told: dict[str, Any]) -> None:
    assert told["carrier"] == "1"
    assert told["moved within ms"] < 100


def test_without_gratuitous_arp_switches_lead_to_where_the_card_was(told: dict[str, Any]) -> None:
    known = ("sw-a", "sw-b")
    assert [told["moved, lost"][each] for each in known] == [HOME[each] for each in known]
    assert "fi-a" not in told["moved, lost"], "its port is gone, and what was learnt there"


def test_its_interconnect_knows_the_card_before_it_speaks(told: dict[str, Any]) -> None:
    """Else it leads back to the uplink, where it had learnt the card: customers waited for the card's next advert."""
    assert told["at home"]["fi-b"] == "uplink-b.a"
    assert told["moved, lost"]["fi-b"] == LAB.ports["lb-ext-1.external"].tap


def test_gratuitous_arp_on_behalf_leads_every_switch_to_the_card(told: dict[str, Any]) -> None:
    """It leaves by the uplink of the interconnect that has the card; that one alone needs no frame of the card's."""
    switches = ("sw-a", "sw-b")
    for step, places in (("at home", HOME), ("moved, sent", AWAY), ("home, sent", HOME)):
        assert [told[step].get(each) for each in switches] == [places[each] for each in switches], step
