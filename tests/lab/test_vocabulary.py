"""Each fault of this file changes what it says, on a real pair, and its undo takes that back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Self

import pytest

from harness import faults
from harness.faults import Fault
from harness.lab import compose
from harness.lab.feed import Feed
from harness.lab.lab import Lab
from harness.lab.view import View
from harness.model.events import AddressChanged, AnyEvent, ServiceChanged
from harness.model.topology import Node
from harness.model.units import ms, s

pytestmark = pytest.mark.lab

ROUTER: Final = compose.topology().virtual_router("external")
FIRST, SECOND = ROUTER.nodes
VIP: Final = ROUTER.first.address
PATIENCE_S: Final = 30


class Pair:
    """What the agents say of the pair. `events`: all of them, in the order in which they came."""

    def __init__(self, lab: str) -> None:
        self.events: list[AnyEvent] = []
        self.lab = Lab(lab, self._take)
        self._view = View(self.lab.topology)
        self._feed = Feed(self._view.take, self.events.append)

    def _take(self, event: AnyEvent) -> None:
        self._feed.take(event)

    def __enter__(self) -> Self:
        self.lab.watch()
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.close()

    def owners(self) -> tuple[str, ...]:
        return self._feed.read(lambda: self._view.owners(ROUTER.first))

    def await_owners(self, *nodes: str) -> None:
        self.until(f"{nodes} to own the VIP", lambda: self._view.owners(ROUTER.first) == nodes)

    def await_service(self, name: str, state: str, node: str = FIRST) -> ServiceChanged:
        self.until(f"{name} of {node} to be {state}", lambda: self._view.services[node, name].state == state)
        return self.service(name, node)

    def service(self, name: str, node: str = FIRST) -> ServiceChanged:
        return self._feed.read(lambda: self._view.services[node, name])

    def until(self, awaited: str, met: Callable[[], bool]) -> None:
        self._feed.wait(awaited, lambda: "" if met() else f"owners {self._view.owners(ROUTER.first)}", PATIENCE_S)

    def seen(self, address: str, node: str = FIRST) -> list[bool]:
        """Whether the node had the address, from change to change."""
        events = self._feed.read(self.events.copy)
        changes = [each for each in events if isinstance(each, AddressChanged)]
        return [each.present for each in changes if (each.node, each.ip) == (node, address)]

    @contextmanager
    def suffering(self, fault: Fault) -> Iterator[None]:
        """Begins the fault, and undoes it."""
        plan = fault.plan(self.lab.topology)
        self.lab.lease(fault.targets(), plan)
        self.lab.arm(plan)
        try:
            yield
        finally:
            self.lab.undo()


@pytest.fixture
def pair(lab: str) -> Iterator[Pair]:
    """In steady state, before the test and after it."""
    with Pair(lab) as opened:
        opened.await_owners(FIRST)
        yield opened
        opened.await_owners(FIRST)
        opened.await_service("keepalived", "up")


def own(node: str) -> Node:
    return compose.topology().node(node)


def test_a_killed_keepalived_leaves_its_vip_in_the_kernel(pair: Pair) -> None:
    """No advert with priority 0 is sent, and no process takes the address away: two owners."""
    with pair.suffering(faults.killed(FIRST, "keepalived")):
        pair.await_service("keepalived", "down")
        pair.await_owners(FIRST, SECOND)


def test_a_service_that_its_supervisor_starts_again_at_once(pair: Pair) -> None:
    before = pair.service("haproxy")
    with pair.suffering(faults.killed(FIRST, "haproxy", restart="at-once")):
        pair.until("another process", lambda: pair.service("haproxy").pid not in (0, before.pid))
        pair.await_service("haproxy", "up")


def test_a_hung_service_lives(pair: Pair) -> None:
    before = pair.service("haproxy")
    with pair.suffering(faults.hung(FIRST, "haproxy")):
        pair.await_service("haproxy", "stopped")
    assert pair.await_service("haproxy", "up").pid == before.pid


def test_a_stopped_keepalived_gives_the_vip_up(pair: Pair) -> None:
    with pair.suffering(faults.stopped(FIRST, "keepalived")):
        pair.await_owners(SECOND)
        pair.await_service("keepalived", "down")


def test_a_node_without_power_has_forgotten_the_vip(pair: Pair) -> None:
    """The second node takes over; the first one has its own addresses alone, and no process of a service."""
    with pair.suffering(faults.power_cut(FIRST)):
        pair.await_owners(SECOND)
        assert {pair.service(name).state for name in ("keepalived", "haproxy")} == {"down"}
    for port in own(FIRST).ports:
        assert pair.seen(port.address)[-1]


def test_adverts_alone_are_lost(pair: Pair) -> None:
    """Each node hears no other: both own the VIP. A cable that is pulled would take it from the first."""
    with pair.suffering(faults.vrrp_lost(f"{SECOND}.external")):
        pair.await_owners(FIRST, SECOND)


def test_adverts_to_a_group_alone_are_lost(pair: Pair) -> None:
    with pair.suffering(faults.vrrp_lost(f"{FIRST}.external", "out", multicast=True)):
        pair.await_owners(FIRST, SECOND)


def test_a_vip_is_deleted_again_and_again(pair: Pair) -> None:
    """keepalived adds it again, or gives up: the pair says which. Each time that it was there it was deleted."""
    with pair.suffering(faults.address_deleted(FIRST, every=300 * ms, duration=1 * s)):
        pair.until("a deletion", lambda: False in pair.seen(VIP))


def test_an_own_address_is_gone_and_comes_back(pair: Pair) -> None:
    address = own(FIRST).port("internal").address
    with pair.suffering(faults.address_deleted(FIRST, address)):
        pair.until("its end", lambda: not pair.seen(address)[-1])
    pair.until("its return", lambda: pair.seen(address)[-1])


def test_a_second_device_has_the_vip(pair: Pair) -> None:
    """Its kernel has the address, and loses it again; the owner keeps its own."""
    with pair.suffering(faults.address_taken("customer-3")):
        pair.until("the second device", lambda: pair.seen(VIP, "customer-3")[-1:] == [True])
        assert pair.owners() == (FIRST,)
    pair.until("its end", lambda: not pair.seen(VIP, "customer-3")[-1])
