"""What a configuration says of the network beside the pair: ARP timeouts, port security. Absolute, and taken back."""

import json
from collections.abc import Iterator
from typing import Final

import pytest

from harness.bench.bare import BareLab, bare_lab
from harness.lab.agent import AgentClient
from harness.lab.engine import connect
from harness.lab.images import tag
from harness.model.ops import AnyOp, ArpTimeout, PinMac
from harness.model.protocol import Act
from harness.model.units import s

pytestmark = pytest.mark.lab

VMAC: Final = "00:00:5e:00:01:33"
TIMES: Final = "cd /proc/sys/net/ipv4/neigh/lan0; echo $(cat delay_first_probe_time base_reachable_time_ms)"
# One frame of the VIP's own MAC address from the node's end of the cable.
SPEAK: Final = f"""
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("lan0", 0x88b5))
s.send(bytes.fromhex("ffffffffffff" + "{VMAC.replace(":", "")}" + "88b5") + bytes(46))
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[BareLab]:
    engine = connect()
    with bare_lab(engine, "settings-test", f"failover-harness-agent:{tag()}") as made:
        made.observed_hand()[0].close()
        yield made
    engine.close()


@pytest.fixture
def hand(lab: BareLab) -> Iterator[AgentClient]:
    client = lab.hand()
    yield client
    client.close()


def do(hand: AgentClient, op: AnyOp) -> None:
    hand.ask(lambda number: Act(number, op=op))


def output(lab: BareLab, node: str, *command: str) -> str:
    """`node` "": the network agent."""
    container = lab.nodes[node] if node else lab.agent
    assert container
    code, text = container.exec_run(list(command))
    assert code == 0, text
    assert isinstance(text, bytes)
    return text.decode()


def port_of_vmac(lab: BareLab, switch: str) -> str | None:
    table = json.loads(output(lab, "", "bridge", "-j", "fdb", "show", "br", switch))
    return next((entry["ifname"] for entry in table if entry["mac"] == VMAC), None)


def test_a_shorter_arp_timeout_and_back(lab: BareLab, hand: AgentClient) -> None:
    do(hand, ArpTimeout("right", 2 * s))
    assert output(lab, "right", "sh", "-c", TIMES).strip() == "2 2000"
    do(hand, ArpTimeout("right", 14400 * s))
    assert output(lab, "right", "sh", "-c", TIMES).strip() == "14400 30000"


def test_a_pinned_mac_stays_where_it_is(lab: BareLab, hand: AgentClient) -> None:
    """Heard from the other side it would move; pinned it does not; unpinned it moves again. Both may be repeated."""
    for _ in range(2):
        do(hand, PinMac("left.external", VMAC, pinned=True))
    output(lab, "right", "python3", "-c", SPEAK)
    assert (port_of_vmac(lab, "sw-a"), port_of_vmac(lab, "sw-b")) == ("left.0", "right.0")
    for _ in range(2):
        do(hand, PinMac("left.external", VMAC, pinned=False))
    output(lab, "right", "python3", "-c", SPEAK)
    assert port_of_vmac(lab, "sw-a") == "trunk.a"
