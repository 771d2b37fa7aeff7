"""What the agent sends and reads for a ring: frames of REP, states of ports, the set of shut ones."""

import socket
import struct

import pytest

from harness.agents.network.netlink import get_elements, keys, messages, port_state
from harness.agents.network.ring_ops import RingExecutor
from harness.agents.network.ring_wire import ETH_REP, decode, encode
from harness.model.errors import AgentError
from harness.model.ops import ForceOpen, IgnoreChanges, OpenLate, OpenPorts
from harness.model.rep_messages import RepBlocked, RepChanged, RepHello, RepMessage

MESSAGES: tuple[RepMessage, ...] = (
    RepHello("ring", heard=True),
    RepBlocked("ring", "sw-c", "trunk-ca.a", 2, 5),
    RepChanged("ring", "sw-a", 10**15),
)


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_a_message_is_one_frame_that_no_bridge_forwards(message: RepMessage) -> None:
    frame = encode(message)
    assert frame[:6] == bytes.fromhex("0180c200000e")  # IEEE 802.1Q table 8-1: nearest bridge
    assert int.from_bytes(frame[12:14], "big") == ETH_REP
    assert 60 <= len(frame) <= 1514
    assert decode(frame) == message


@pytest.mark.parametrize("frame", [b"", b"x" * 14, encode(MESSAGES[0])[:20], encode(MESSAGES[0])[:16] + b"\xff" * 50])
def test_a_frame_of_another_program_is_left_alone(frame: bytes) -> None:
    assert decode(frame) is None


def test_the_state_of_a_port_is_set_in_the_bridge_family() -> None:
    """RTM_SETLINK with IFLA_PROTINFO, nested, and in it IFLA_BRPORT_STATE as one byte."""
    message = port_state(8, 1)
    size, kind, _, _, _ = struct.unpack_from("=IHHII", message)
    assert (size, kind) == (len(message), 19)
    assert struct.unpack_from("=BxHi", message, 16) == (socket.AF_BRIDGE, 0, 8)
    assert message[32:] == struct.pack("=HHHHB3x", 12, 12 | 0x8000, 5, 1, 1)


def element(device: str) -> bytes:
    """NFTA_LIST_ELEM with NFTA_SET_ELEM_KEY, in it NFTA_DATA_VALUE."""
    value = struct.pack("=HH", 20, 1) + device.encode().ljust(16, b"\0")
    key = struct.pack("=HH", 24, 1 | 0x8000) + value
    return struct.pack("=HH", 28, 1 | 0x8000) + key


def answer(*devices: str) -> bytes:
    body = b"".join(element(device) for device in devices)
    listed = b"\x07\x00\x00\x00" + struct.pack("=HH", 4 + len(body), 3 | 0x8000) + body
    return struct.pack("=IHHII", 16 + len(listed), 10 << 8 | 12, 2, 1, 0) + listed


def test_which_ports_are_shut_is_read_from_all_messages_of_an_answer() -> None:
    done = struct.pack("=IHHIIi", 20, 3, 2, 1, 0, 0)
    both = answer("trunk.b", "gw-1.0") + answer("trunk-ca.a") + done
    found = [key for _, payload in messages(both) for key in keys(payload)]
    assert [key.rstrip(b"\0") for key in found] == [b"trunk.b", b"gw-1.0", b"trunk-ca.a"]
    assert [kind for kind, _ in messages(both)] == [10 << 8 | 12, 10 << 8 | 12, 3]
    assert get_elements("harness_ring", "shut")[6:8] == struct.pack("=H", 0x301)  # a dump


@pytest.mark.parametrize("op", [IgnoreChanges("sw-c"), OpenLate("sw-a", 1), ForceOpen("trunk.a"), OpenPorts("sw-a")])
def test_a_network_without_rings_refuses(op: IgnoreChanges | OpenLate | ForceOpen | OpenPorts) -> None:
    with pytest.raises(AgentError, match="REP is not running"):
        RingExecutor(None).prepare(op)
