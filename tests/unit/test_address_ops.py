"""What comes back with a node's own address: what the kernel removed with it, and nothing that others removed."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.agents.loop import Loop
from harness.agents.network.address_ops import AddressExecutor
from harness.agents.network.card_state import CardAddress, CardState
from harness.lab.compose import topology
from harness.model.ops import AddressGone

NODE, IP, SECOND = "lb-ext-1", "10.77.0.1", CardAddress("10.77.0.201", 24, 0, "lan0")
GATEWAY = {"dst": "default", "gateway": "10.77.0.11"}
BY_HAND = {"dst": "10.99.0.0/16", "gateway": "10.77.0.12"}
CARD = 7


class Entry(dict[str, Any]):
    """An address, as pyroute2 tells it."""

    def get_attr(self, name: str) -> str | None:
        return IP if name == "IFA_LOCAL" else None


class Kernel:
    """A node with one card, in the place of `Wiring`, `Cabled` and its two sockets. With the address go all routes."""

    def __init__(self) -> None:
        self.nodes = {NODE: self}
        self.ip = self.netlink = self
        self.present = True
        self.routes: tuple[dict[str, Any], ...] = (GATEWAY, BY_HAND)
        self.seconds: tuple[CardAddress, ...] = (SECOND,)
        self.given_back: dict[int, CardState] = {}

    def cabled(self, node: str) -> "Kernel":
        assert node == NODE
        return self

    def translated(self, work: Callable[[], None]) -> None:
        work()

    def get_addr(self, **which: int) -> list[Entry]:
        return [Entry(prefixlen=24, index=CARD)] if self.present else []

    def get_links(self) -> list[dict[str, int]]:
        return [{"index": CARD}]

    def request(self, message: bytes) -> None:
        self.present, self.routes = False, ()

    def state(self, cabled: "Kernel", node: str, index: int) -> CardState:
        own = (CardAddress(IP, 24, 0, "lan0"),) if self.present else ()
        return CardState({}, {}, own + self.seconds, self.routes)

    def add_own(self, node: str, ip: str) -> None:
        self.present = True

    def give_back(self, cabled: "Kernel", node: str, index: int, state: CardState) -> None:
        self.given_back[index] = state


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


def test_what_others_removed_between_arming_and_the_op_stays_removed(kernel: Kernel) -> None:
    wiring: Any = kernel
    prepared = AddressExecutor(Loop(), topology(), wiring).prepare(AddressGone(NODE, IP))
    kernel.routes = (GATEWAY,)
    prepared.apply()
    kernel.seconds = ()  # by an operator, while the address was gone
    prepared.undo()
    assert kernel.present
    assert kernel.given_back == {CARD: CardState({}, {}, (CardAddress(IP, 24, 0, "lan0"),), (GATEWAY,))}


def test_an_undo_without_its_op_gives_back_the_address_alone(kernel: Kernel) -> None:
    wiring: Any = kernel
    prepared = AddressExecutor(Loop(), topology(), wiring).prepare(AddressGone(NODE, IP))
    kernel.routes = ()
    prepared.undo()
    assert not kernel.given_back
