"""Each fault of this file changes what it says, on a real pair, and its undo takes that back."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, Self, TypeVar

import pytest

from harness import faults
from harness.faults import Fault
from harness.faults.check_broken import How
from harness.lab import compose
from harness.lab.feed import Feed
from harness.lab.lab import Lab
from harness.lab.view import View
from harness.model.events import AddressChanged, AdvertSeen, AnyEvent, Event, LinkChanged, ServiceChanged
from harness.model.node import Node
from harness.model.units import ms, s
from tests.lab.shared import execute, wait_for

pytestmark = pytest.mark.lab

ROUTER: Final = compose.topology().virtual_router("external")
FIRST, SECOND = ROUTER.nodes
VIP: Final = ROUTER.first.address
PATIENCE_S: Final = 30
T = TypeVar("T", bound=Event)


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
        changes = self.events_of(AddressChanged)
        return [each.present for each in changes if (each.node, each.ip) == (node, address)]

    def events_of(self, kind: type[T]) -> list[T]:
        return [each for each in self._feed.read(self.events.copy) if isinstance(each, kind)]

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
def pair(quick_lab: str) -> Iterator[Pair]:
    """In steady state, before the test and after it."""
    with Pair(quick_lab) as opened:
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


TALKS: Final = f"""
import os, socket, time
def said(connect):
    try:
        one = connect()
        one.settimeout(0.5)
        one.send(b"GET /health HTTP/1.1\\r\\nHost: vip\\r\\n\\r\\n")
        return one.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False
old = socket.create_connection(("{VIP}", 80), 2)
open("/tmp/talks", "w").close()
while os.path.exists("/tmp/talks"):
    time.sleep(0.01)
print(said(lambda: old), said(lambda: socket.create_connection(("{VIP}", 80), 0.5)))
"""
"""Opens a connection, waits until its file is removed, and says whether that one and a new one are answered."""


def talked(meanwhile: Callable[[], AbstractContextManager[None]]) -> str:
    """What `TALKS` says of a connection from before `meanwhile`, and of one within."""
    with ThreadPoolExecutor() as pool:
        saying = pool.submit(execute, "customer-3", "python3", "-c", TALKS)
        wait_for(lambda: bool(execute("customer-3", "ls", "/tmp/talks", check=False)), "an open connection")
        with meanwhile():
            execute("customer-3", "rm", "/tmp/talks")
            return saying.result().strip()


def pinged() -> bool:
    return " 1 received" in execute("customer-3", "ping", "-c", "1", "-W", "2", VIP, check=False)


@pytest.mark.parametrize("opening, said", [(False, "False False"), (True, "True False")])
def test_tcp_alone_is_lost(pair: Pair, said: str, *, opening: bool) -> None:
    """Adverts pass, and ICMP: the VIP stays, and a monitor that pings it sees nothing."""
    wait_for(pinged, "an answer after the test before, in which the VIP may have moved")
    with pair.suffering(faults.tcp_lost(f"{FIRST}.external", opening=opening)):
        assert pinged()
        time.sleep(1.5)  # longer than master-down, 1.1 s
        assert pair.owners() == (FIRST,)
    fault = faults.tcp_lost(f"{FIRST}.external", opening=opening)
    assert talked(lambda: pair.suffering(fault)) == said
    assert talked(nullcontext) == "True True"


def test_a_vip_is_deleted_again_and_again(pair: Pair) -> None:
    """keepalived adds it again, or gives up: the pair says which. Each time that it was there it was deleted."""
    with pair.suffering(faults.address_deleted(FIRST, every=100 * ms, duration=20 * s)):
        pair.until("three deletions", lambda: pair.seen(VIP).count(False) >= 3)


def test_an_own_address_is_gone_and_comes_back(pair: Pair) -> None:
    address, routes = own(FIRST).port("external").address, execute(FIRST, "ip", "route")
    assert "via" in routes
    with pair.suffering(faults.address_deleted(FIRST, address)):
        pair.until("its end", lambda: not pair.seen(address)[-1])
    pair.until("its return", lambda: pair.seen(address)[-1])
    wait_for(lambda: execute(FIRST, "ip", "route") == routes, "the same routes as before")


def test_carrier_flaps_until_the_end(pair: Pair) -> None:
    """Lost three times, and there at the end."""

    def carrier() -> list[bool]:
        changes = pair.events_of(LinkChanged)
        return [each.carrier for each in changes if (each.node, each.device) == (FIRST, own(FIRST).ports[0].device)]

    fault = faults.flapping(f"{FIRST}.external", down=200 * ms, up=300 * ms, duration=1_500 * ms)
    with pair.suffering(fault):
        pair.until("three losses of carrier", lambda: carrier().count(False) == 3)
        pair.until("its return", lambda: carrier()[-1])


def test_a_second_device_has_the_vip(pair: Pair) -> None:
    """Its kernel has the address, and loses it again; the owner keeps its own."""
    with pair.suffering(faults.address_taken("customer-3")):
        pair.until("the second device", lambda: pair.seen(VIP, "customer-3")[-1:] == [True])
        assert pair.owners() == (FIRST,)
    pair.until("its end", lambda: not pair.seen(VIP, "customer-3")[-1])


def test_a_stranger_of_another_version_is_discarded_and_the_pair_stays(pair: Pair) -> None:
    """Twenty of its adverts, of the VRID of the pair and a higher priority, leave the switch port of the master."""

    def heard() -> int:
        port = f"{FIRST}.external"
        return sum(e.port == port and not e.inward and e.priority == 201 for e in pair.events_of(AdvertSeen))

    with pair.suffering(faults.vrrp_stranger("customer-3", priority=201, version="2", interval=50 * ms)):
        pair.until("foreign adverts", lambda: heard() >= 20)
        assert pair.seen(VIP)[-1]
        assert pair.owners() == (FIRST,)


@pytest.mark.parametrize("vip", [VIP, None], ids=["the pair's VIP", "another VIP"])
def test_a_stranger_of_a_higher_priority_takes_the_vip_away(pair: Pair, vip: str | None) -> None:
    """keepalived 2.3.3 warns that the advert does not name its VIP, and believes it."""
    with pair.suffering(faults.vrrp_stranger("customer-3", vip=vip)):
        pair.await_owners()
    pair.await_owners(FIRST)


SCRIPT: Final = "/usr/bin/pidof"  # no check of the default configuration, so that keepalived runs it in no test


@pytest.mark.parametrize("how, status", [("gone", 127), ("not-executable", 126), ("fails", 1), ("hangs", 124)])
def test_a_script_breaks_and_is_itself_again(pair: Pair, how: How, status: int) -> None:
    """As a shell of the node sees it. 124: `timeout` ended it."""

    def said() -> int:
        script = ["sh", "-c", f"timeout 0.5 {SCRIPT} haproxy; echo $?"]
        return int(execute(FIRST, *script).split()[-1])

    assert said() == 0
    with pair.suffering(faults.check_broken(FIRST, SCRIPT, how)):
        wait_for(lambda: said() == status, f"{SCRIPT} to end with {status}")
    assert said() == 0
    assert "kept-by-harness" not in execute(FIRST, "ls", "/usr/bin")
