"""Fabric failover: when a card is cut, moved and announced, what cannot be meant, and what the agent does."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from harness import faults
from harness.agents.network.netlink import enslave, learnt_fdb
from harness.agents.network.switch_ops import SwitchExecutor
from harness.faults import Fault
from harness.model.contradictions import refuse_contradictions
from harness.model.errors import BadValue, UnknownName
from harness.model.frames import read_arp
from harness.model.lab_file import read
from harness.model.ops import AnnounceCard, Drop, Part, Repin
from harness.model.units import ms, s

LAB = read(Path(__file__).parents[2] / "docs" / "glbp.yaml").topology
CARD = "lb-ext-1.external"
INDEX = {"lb-ext-1.0": 10, "fi-a": 20, "fi-b": 21}


def failover(**options: Any) -> Fault:
    return faults.fabric_failover(**{"target": CARD, "to": "fi-b", "uplink": "uplink-a", **options})


def test_the_card_is_cut_then_moved_and_goes_home_when_the_interconnect_is_back() -> None:
    """While it moves it is still cut: no frame is seen half way. Its gratuitous ARP follows each move."""
    planned = failover(cut=500 * ms, duration=3 * s).plan(LAB)
    assert planned.parts == (
        Part(Drop("uplink-a.a", "ingress"), 0, 3 * s),
        Part(Drop(CARD, "ingress"), 0, 500 * ms),
        Part(Repin(CARD, "fi-b"), 499 * ms, 3_001 * ms),
        Part(AnnounceCard(CARD), 500 * ms),
        Part(AnnounceCard(CARD), 3_002 * ms),
    )


@pytest.mark.parametrize(
    "options, at",
    [({"announced": "late", "late": 2 * s}, [2_500 * ms, 5_002 * ms]), ({"announced": "lost"}, [])],
)
def test_gratuitous_arp_is_late_or_lost(options: dict[str, Any], at: list[int]) -> None:
    planned = failover(cut=500 * ms, duration=3 * s, **options).plan(LAB)
    assert [part.begin_ns for part in planned.parts if isinstance(part.op, AnnounceCard)] == at


def test_two_interconnects_in_turn() -> None:
    other = faults.fabric_failover("lb-ext-2.external", "fi-a", "uplink-b")
    planned = failover().then(other, pause=5 * s).plan(LAB)
    moved = [(part.op.port, part.op.to, part.begin_ns) for part in planned.parts if isinstance(part.op, Repin)]
    assert moved == [(CARD, "fi-b", 399 * ms), ("lb-ext-2.external", "fi-a", 10_001 * ms + 400 * ms)]


def test_it_says_what_it_does_and_what_it_needs() -> None:
    assert failover().targets() == (CARD, "uplink-a")
    assert failover(announced="late").describe() == (
        "fabric failover: interconnect behind uplink-a gone for 5 s, lb-ext-1.external cut for 400 ms, then on fi-b; "
        "gratuitous ARP on behalf 1 s late"
    )


@pytest.mark.parametrize(
    "wrong, error, said",
    [
        ({"cut": 0}, BadValue, "cut.*from 2 ms"),
        ({"late": 0}, BadValue, "late.*from 2 ms"),
        ({"duration": 401 * ms}, BadValue, "cut.*less than 401 ms"),
        ({"target": "lb-ext-9.external"}, UnknownName, "lb-ext-1.external"),
        ({"beside": "lb-ext-2.external"}, BadValue, "another card on fi-a"),
        ({"beside": CARD}, BadValue, "another card on fi-a"),
        ({"uplink": "uplink-b"}, UnknownName, "trunk of fi-a.*uplink-a"),
        ({"to": "sw-int-a"}, UnknownName, "other switch than fi-a.*fi-b"),
        ({"to": "fi-a"}, UnknownName, "other switch than fi-a.*fi-b"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        failover(**wrong).plan(LAB)


def test_a_card_is_on_one_switch_at_a_time() -> None:
    parts = [Part(Repin(CARD, "fi-b"), 0, 2 * s), Part(Repin(CARD, "sw-a"), 1 * s, 3 * s)]
    with pytest.raises(BadValue, match="both act on the same thing"):
        refuse_contradictions(parts, LAB)


class Kernel:
    """In the place of `Wiring` and of a packet socket: keeps what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.sent: list[tuple[bytes, str]] = []
        self.wired = True

    def expect(self, port: str) -> None:
        assert port == CARD

    def is_wired(self, port: str) -> bool:
        return self.wired

    def request(self, message: bytes) -> None:
        self.asked.append(message)

    def socket(self, *_: int) -> "Kernel":
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def sendto(self, frame: bytes, to: tuple[str, int]) -> None:
        self.sent.append((frame, to[0]))


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(socket, "if_nametoindex", INDEX.__getitem__)
    monkeypatch.setattr(socket, "socket", kernel.socket)
    return kernel


def executor(kernel: Kernel) -> SwitchExecutor:
    wiring: Any = kernel
    return SwitchExecutor(LAB, wiring)


def test_the_switchs_end_of_the_cable_moves_and_returns(kernel: Kernel) -> None:
    prepared = executor(kernel).prepare(Repin(CARD, "fi-b"))
    prepared.apply()
    prepared.undo()
    prepared.undo()
    known = learnt_fdb(10, LAB.ports[CARD].mac)
    assert kernel.asked == [enslave(10, 21), known, enslave(10, 20), known, enslave(10, 20), known]


def test_a_cable_that_ended_with_its_node_is_not_moved(kernel: Kernel) -> None:
    prepared = executor(kernel).prepare(Repin(CARD, "fi-b"))
    prepared.apply()
    kernel.wired = False
    prepared.undo()
    assert kernel.asked == [enslave(10, 21), learnt_fdb(10, LAB.ports[CARD].mac)]


def test_the_interconnect_that_has_the_card_announces_it_by_its_uplink(kernel: Kernel) -> None:
    """In the card's MAC address, and without an IP address: an interconnect knows none."""
    switches = executor(kernel)
    announce, moved = switches.prepare(AnnounceCard(CARD)), switches.prepare(Repin(CARD, "fi-b"))
    steps: list[Callable[[], None]] = [announce.apply, moved.apply, announce.apply, moved.undo, announce.apply]
    for step in steps:
        step()
    assert [end for _, end in kernel.sent] == ["uplink-a.a", "uplink-b.a", "uplink-a.a"]
    (frame,) = {frame for frame, _ in kernel.sent}
    assert (frame[:6], frame[6:12].hex(":")) == (b"\xff" * 6, "02:77:00:00:00:10")
    told = read_arp(frame[14:])
    assert told is not None
    assert (told.sender_mac, told.sender_ip, told.gratuitous) == ("02:77:00:00:00:10", "0.0.0.0", True)


@pytest.mark.parametrize("op", [Repin("uplink-a.a", "fi-b"), AnnounceCard("uplink-a.a")])
def test_a_trunk_has_no_card(kernel: Kernel, op: Repin | AnnounceCard) -> None:
    with pytest.raises(BadValue, match="a trunk has no card"):
        executor(kernel).prepare(op)
