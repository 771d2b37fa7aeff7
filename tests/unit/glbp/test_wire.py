"""GLBP's bytes are those that Wireshark's dissector decodes."""

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents.network.glbp.packet import Asked, answer, asked, frame, heard
from harness.agents.network.glbp.wire import (
    HELLO,
    REQUEST,
    RESPONSE,
    ForwarderPart,
    Hello,
    Message,
    State,
    decode,
    encode,
)
from harness.model.frames import read_arp
from harness.model.glbp import GlbpGateway, GlbpGroup
from harness.model.units import s
from tests.unit.glbp.routers import ADDRESSES, VMACS, hello, part

DECODED = json.loads((Path(__file__).parents[2] / "data" / "glbp.json").read_text())
MAC, IP = ADDRESSES["vlan2"]
ASKS = ForwarderPart(0, State.LISTEN, 135, 0, bytes(6))
MESSAGES = {
    "hello": (Message(HELLO, 1, MAC, hello(State.ACTIVE, 120), (part(1, 135), part(2, 167, 70))), MAC),
    "forwarder": (Message(HELLO, 1, MAC, None, (part(1, 135),)), VMACS[0]),
    "request": (Message(REQUEST, 1021, MAC, hello(State.LISTEN, 120), (ASKS,)), MAC),
    "response": (Message(RESPONSE, 1, MAC, None, (part(2, 167),)), MAC),
}  # fmt: skip

numbers = st.integers(0, 0xFF)
macs = st.binary(min_size=6, max_size=6)
hellos = st.builds(
    Hello, numbers, numbers, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF), st.binary(min_size=4, max_size=4),
)  # fmt: skip
parts = st.lists(st.builds(ForwarderPart, numbers, numbers, numbers, numbers, macs), max_size=4).map(tuple)
messages = st.builds(Message, st.integers(0, 4), st.integers(0, 1023), macs, st.none() | hellos, parts)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_frame_is_the_one_that_wireshark_decoded(name: str) -> None:
    """tests/data/glbp.json: our frame as hexadecimal digits, and what tshark 4.0.17 showed of it, without an error."""
    message, source = MESSAGES[name]
    recorded = DECODED[name]
    assert frame(message, source, IP).hex() == recorded["frame"]
    assert heard(bytes.fromhex(recorded["frame"])) == (IP, message)
    assert not recorded["expert"], "the dissector found an error"
    shown = recorded["fields"]
    assert shown["glbp.group"] == [str(message.group)]
    assert shown["glbp.ownerid"] == [message.owner.hex(":")]
    assert shown["eth.src"] == [source.hex(":")]
    assert shown["ip.dst"] == ["224.0.0.102"]
    assert shown["udp.dstport"] == ["3222"]
    assert shown["udp.checksum.status"] == shown["ip.checksum.status"] == ["1"], "both are right"
    _has_hello(shown, message.hello)
    _has_forwarders(shown, message.forwarders)


def _has_hello(shown: dict[str, list[str]], said: Hello | None) -> None:
    if said is None:
        assert not shown["glbp.hello.vgstate"]
        return
    assert shown["glbp.hello.vgstate"] == [str(int(said.state))]
    assert shown["glbp.hello.priority"] == [str(said.priority)]
    assert shown["glbp.hello.helloint"] == ["3000"]
    assert shown["glbp.hello.holdint"] == ["10000"]
    assert shown["glbp.hello.redirect"] == ["600"]
    assert shown["glbp.hello.timeout"] == ["14400"]
    assert shown["glbp.hello.virtualipv4"] == ["10.10.10.1"]


def _has_forwarders(shown: dict[str, list[str]], said: tuple[ForwarderPart, ...]) -> None:
    assert shown["glbp.reqresp.forwarder"] == [str(each.number) for each in said]
    assert shown["glbp.reqresp.vfstate"] == [str(int(each.state)) for each in said]
    assert shown["glbp.reqresp.priority"] == [str(each.priority) for each in said]
    assert shown["glbp.reqresp.weight"] == [str(each.weight) for each in said]
    assert shown["glbp.reqresp.virtualmac"] == [each.mac.hex(":") for each in said]


@given(messages)
def test_what_is_encoded_is_decoded(message: Message) -> None:
    assert decode(encode(message)) == message


@given(messages, st.data())
def test_what_is_cut_off_is_no_error(message: Message, data: st.DataObject) -> None:
    whole = frame(message, MAC, IP)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert heard(cut) is None or heard(cut) == heard(whole), "only padding was cut"


@given(st.binary(max_size=200))
def test_any_bytes_are_no_error(received: bytes) -> None:
    decode(received)
    decode(b"\x01\x00" + received)
    heard(bytes(12) + b"\x08\x00\x45" + received)
    asked(bytes(12) + b"\x08\x06" + received)


def test_an_unknown_part_and_a_hello_of_ipv6_are_skipped() -> None:
    plain = encode(Message(HELLO, 7, MAC, None, (part(1, 167),)))
    authentication = bytes([3, 6, 1, 2, 0x68, 0x69])
    assert decode(plain + authentication) == decode(plain)
    assert decode(plain + bytes([3, 1])) is None, "a part shorter than its own header"
    ipv6 = struct.pack(">BBxBxBxxIIHHxxBB16s", 1, 40, 32, 100, 3000, 10000, 600, 14400, 2, 16, bytes(16))
    assert decode(plain[:12] + ipv6) == Message(HELLO, 7, MAC)


def test_virtual_mac_addresses() -> None:
    group = GlbpGroup("x", "shared", 1021, "10.0.0.1", {"gw-1": GlbpGateway()})
    assert group.vmac(1) == "00:07:b4:03:fd:01", "as in Wireshark's packet-glbp.c"
    assert [group.forwarder_of(f"00:07:b4:03:fd:{number:02x}") for number in range(6)] == [None, 1, 2, 3, 4, None]


def test_what_a_lab_does_not_say_of_a_group_is_as_cisco_s_default() -> None:
    """Cisco, "Configuring GLBP"; in the recordings of before, too."""
    assert GlbpGateway() == GlbpGateway(priority=100, weight=100, preempt=False)
    assert GlbpGroup("x", "shared", 1, "10.0.0.1", {}) == GlbpGroup(
        "x", "shared", 1, "10.0.0.1", {}, "round-robin",
        hello_ns=3 * s, hold_ns=10 * s, redirect_ns=600 * s, timeout_ns=14_400 * s, forwarder_preempt_ns=30 * s,
    )  # fmt: skip


def test_an_answer_names_the_forwarder_and_comes_from_the_card() -> None:
    """A switch that learnt the forwarder's address from the answer would send its frames to the wrong gateway."""
    host = bytes.fromhex("028800000302")
    question = Asked(host, bytes([10, 10, 10, 99]), "10.10.10.1")
    told = answer(question, VMACS[1], MAC)
    arp = read_arp(told[14:])
    assert told[:12] == host + MAC
    assert arp == (2, VMACS[1].hex(":"), "10.10.10.1", "10.10.10.99")


def test_who_asks() -> None:
    def request(sender: bytes, target: bytes, opcode: int = 1) -> bytes:
        arp = struct.pack(">HHBBH6s4s6s4s", 1, 0x0800, 6, 4, opcode, MAC, sender, bytes(6), target)
        return b"\xff" * 6 + MAC + b"\x08\x06" + arp

    host, gateway = bytes([10, 10, 10, 99]), bytes([10, 10, 10, 1])
    assert asked(request(host, gateway)) == Asked(MAC, host, "10.10.10.1")
    assert asked(request(gateway, gateway)) is None, "gratuitous ARP"
    assert asked(request(bytes(4), gateway)) is None, "a probe for a duplicate address"
    assert asked(request(host, gateway, 2)) is None, "a reply"
