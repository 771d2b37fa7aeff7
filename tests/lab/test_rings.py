"""Rings on the kernel's bridges, in one container without nodes: what REP and the storm guard do to frames."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.lab.engine import connect
from harness.lab.images import ensure_images, tag
from harness.model.handed_topology import encode
from harness.model.topology import Topology
from tests.full_network import full

pytestmark = pytest.mark.lab

SCRIPT = (Path(__file__).parent / "rings_alone.py").read_text()
AGE_MS = 500
TIMES = 3
BOUNDED = ["timeout", "--signal=USR1", "--kill-after=5", "180"]  # it takes 22 s; see `hangs_show_where` in the script


def quick() -> Topology:
    """With an age timer that a test can wait for."""
    rings = {name: msgspec.structs.replace(ring, age_ms=AGE_MS) for name, ring in full().rings.items()}
    return msgspec.structs.replace(full(), rings=rings)


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    ensure_images(print, wanted={"agent"})
    client = connect()
    output = client.containers.run(
        f"failover-harness-agent:{tag()}",
        [*BOUNDED, "python3", "-c", SCRIPT, encode(quick()).decode(), str(TIMES)],
        network_mode="none",
        cap_drop=["ALL"],
        cap_add=["NET_ADMIN", "NET_RAW", "SYS_ADMIN"],
        remove=True,
    )
    yield json.loads(output)
    client.close()


def test_one_port_of_each_ring_is_blocked_at_first(told: dict[str, Any]) -> None:
    assert told["at first"] == ["trunk-ca.b", "trunk-int-ca.b"]


def test_frames_find_another_way_within_100_ms_of_the_loss_of_signal(told: dict[str, Any]) -> None:
    assert len(told["carrier"]) == TIMES
    assert sorted(each or 9_999 for each in told["carrier"])[TIMES // 2] <= 100


def test_the_recovered_port_is_the_alternate_and_the_earlier_one_stays_open(told: dict[str, Any]) -> None:
    other, alternate = sorted(told["after the repair"])  # "-" comes before "."
    assert (alternate in ("trunk.a", "trunk.b"), other) == (True, "trunk-int-ca.b")
    assert [port.partition(".")[0] for port in told["then"]] == ["trunk-ca", "trunk-int-ca"]


def test_silence_is_noticed_by_age(told: dict[str, Any]) -> None:
    """Not at once: a hello was heard up to a third of the age timer before."""
    assert AGE_MS / 2 <= told["silent"] <= AGE_MS + 100


def test_a_switch_that_keeps_its_table_is_a_black_hole_until_the_host_speaks(told: dict[str, Any]) -> None:
    assert told["kept"] is None
    assert told["kept, then it spoke"] <= 100


def test_a_ring_without_a_blocked_port_is_shut_within_200_ms(told: dict[str, Any]) -> None:
    assert told["shut"]
    assert all(t <= 200 for _, t in told["shut"])
    assert told["share of a CPU"] < 0.5


def test_a_port_stays_shut_until_it_is_opened(told: dict[str, Any]) -> None:
    assert sorted(told["still shut"]) == sorted({port for port, _ in told["shut"]})
    assert sorted(full().ring_ports[port].name for port in told["opened"]) == ["ring", "ring-int"], "one port of each"
