"""Faults of cards, resources and configurations: each is seen where it acts, and is gone after its undo."""

from collections.abc import Iterator
from typing import Final

import pytest

from harness import faults
from harness.lab.injection import Injection
from harness.model.errors import AgentError, UnknownName, UsageError
from harness.model.events import AdvertSeen, LinkChanged, OpApplied, ServiceChanged
from harness.model.ops import ArpAnnounce, Drop, Part, Plan
from harness.model.units import ms, s
from tests.lab import foreign
from tests.lab.shared import execute, wait_for
from tests.lab.test_vocabulary import FIRST, ROUTER, SECOND, Pair, own

pytestmark = pytest.mark.lab

PORT: Final = f"{FIRST}.{ROUTER.segment}"
CARD: Final = own(FIRST).port(ROUTER.segment)


@pytest.fixture
def pair(quick_lab: str) -> Iterator[Pair]:
    """In steady state, before the test and after it."""
    with Pair(quick_lab) as opened:
        opened.await_owners(FIRST)
        yield opened
        opened.await_owners(FIRST)
        opened.await_service("keepalived", "up")


def devices(node: str = FIRST) -> str:
    return execute(node, "ip", "-br", "link")


def mac(node: str = FIRST) -> str:
    return execute(node, "cat", f"/sys/class/net/{CARD.device}/address", check=False).strip()


def test_a_card_vanishes_and_returns_with_its_address_and_routes(pair: Pair) -> None:
    routes = execute(FIRST, "ip", "-4", "route", "show", "dev", CARD.device)
    with pair.suffering(faults.card_vanished(PORT)):
        wait_for(lambda: CARD.device not in devices(), "the card to be gone")
        pair.await_owners(SECOND)
    wait_for(lambda: CARD.address in execute(FIRST, "ip", "-br", "-4", "addr"), "the address to be back")
    assert mac() == CARD.mac
    wait_for(lambda: execute(FIRST, "ip", "-4", "route", "show", "dev", CARD.device) == routes, "the same routes")


def test_a_card_that_returns_has_the_settings_of_the_configuration_again(pair: Pair) -> None:
    def announce(level: int) -> None:
        pair.lab.act(Plan((Part(ArpAnnounce(FIRST, level)),)))

    def level() -> str:
        return execute(FIRST, "cat", f"/proc/sys/net/ipv4/conf/{CARD.device}/arp_announce", check=False).strip()

    before = int(level())
    announce(2)
    try:
        with pair.suffering(faults.card_vanished(PORT)):
            wait_for(lambda: CARD.device not in devices(), "the card to be gone")
        wait_for(lambda: level() == "2", "the setting to be back")
    finally:
        announce(before)
    assert level() == str(before)


def test_what_an_operator_has_set_on_a_card_is_there_when_it_returns(pair: Pair) -> None:
    """A sysctl, an address and a route of theirs: the kernel forgets all three with the card."""
    things = [foreign.setting(FIRST, 7), foreign.address(FIRST, 7), foreign.route(FIRST, 7)]
    for thing in things:
        foreign.make(thing)
    before = [foreign.read(thing) for thing in things]
    assert all(before)
    try:
        with pair.suffering(faults.card_vanished(PORT)):
            wait_for(lambda: CARD.device not in devices(), "the card to be gone")
        wait_for(lambda: [foreign.read(thing) for thing in things] == before, "all three to be back")
    finally:
        for thing in things:
            foreign.remove(thing)


def test_the_taps_of_a_card_that_returned_go_on(pair: Pair) -> None:
    """The pair's adverts are seen at its port again: no observer has lost it."""
    with pair.suffering(faults.card_vanished(PORT)):
        pair.await_owners(SECOND)
    pair.await_owners(FIRST)
    began = len(pair.events_of(AdvertSeen))

    def sent() -> bool:
        return any(each.port == PORT and each.inward for each in pair.events_of(AdvertSeen)[began:])

    pair.until("adverts at its port", sent)


def test_a_card_comes_back_with_another_mac(pair: Pair) -> None:
    other = "02:ca:4d:00:00:01"
    with pair.suffering(faults.card_replaced(PORT, away=500 * ms)):
        wait_for(lambda: mac() == other, "another MAC address")
        assert CARD.address in execute(FIRST, "ip", "-br", "-4", "addr")
    wait_for(lambda: mac() == CARD.mac, "its own MAC address")


def test_a_card_of_a_node_that_is_seen_by_its_kernel_alone(pair: Pair) -> None:
    """Carrier is lost where the card was, as the node's own events tell."""
    with pair.suffering(faults.card_vanished(PORT)):
        gone = [each for each in pair.events_of(LinkChanged) if (each.node, each.device) == (FIRST, CARD.device)]
        pair.until("the link's end", lambda: bool(gone) or not pair.seen(CARD.address)[-1])
    pair.until("its return", lambda: pair.seen(CARD.address)[-1])


def test_a_trunk_has_no_card(pair: Pair) -> None:
    with pytest.raises(UnknownName):
        faults.card_vanished("trunk").plan(pair.lab.topology)


def burning(node: str = FIRST) -> int:
    """Processes of the burner, as the node counts them."""
    return execute(node, "sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '").count("while :; do :;")


def test_a_node_short_of_processor_time(pair: Pair) -> None:
    with pair.suffering(faults.cpu_starved(SECOND, processes=2)):
        wait_for(lambda: burning(SECOND) >= 2, "processes that use it")
    assert burning(SECOND) == 0
    assert "harness-burner" not in execute(SECOND, "ls", "/etc/service")


def test_a_small_file_system_is_full(pair: Pair) -> None:
    def writes() -> bool:
        return bool(execute(SECOND, "sh", "-c", "echo 1 > /run/mine && echo yes; rm -f /run/mine", check=False))

    assert writes()
    with pair.suffering(faults.tmpfs_full(SECOND)):
        wait_for(lambda: not writes(), "no room")
    assert writes()


def test_what_is_no_tmpfs_is_refused(pair: Pair) -> None:
    with pytest.raises(UsageError, match="tmpfs"), pair.suffering(faults.tmpfs_full(SECOND, "/usr")):
        pass


def soft_limit(pair: Pair) -> int:
    pid = pair.service("haproxy", SECOND).pid
    text = execute("service-agent", "cat", f"/proc/{pid}/limits")
    return next(int(line.split()[3]) for line in text.splitlines() if line.startswith("Max open files"))


def test_a_service_without_open_files(pair: Pair) -> None:
    usual = soft_limit(pair)
    with pair.suffering(faults.open_files(SECOND, "haproxy")):
        wait_for(lambda: soft_limit(pair) < usual, "a lower limit")
    assert soft_limit(pair) == usual


def conf(node: str) -> str:
    return execute(node, "cat", "/etc/keepalived/keepalived.conf")


def priority(node: str) -> str:
    return next(line.split()[1] for line in conf(node).splitlines() if line.split()[:1] == ["priority"])


def test_one_nodes_priority_is_changed_and_reloaded(pair: Pair) -> None:
    before, low = conf(FIRST), f"priority {priority(FIRST)}"
    process = pair.service("keepalived").pid
    with pair.suffering(faults.configuration_changed(FIRST, low, "priority 10")):
        pair.await_owners(SECOND)
        assert "priority 10" in conf(FIRST)
        assert pair.service("keepalived").pid == process, "a reload is no restart"
    assert conf(FIRST) == before


@pytest.mark.parametrize("order", [(FIRST, SECOND), (SECOND, FIRST)], ids=["master first", "backup first"])
def test_a_rolling_change_in_both_orders(pair: Pair, order: tuple[str, str]) -> None:
    """One node after the other: between them only the first one has it."""
    first, then = order
    before = {node: conf(node) for node in order}
    change = faults.configuration_changed(
        first, "advert_int", "garp_lower_prio_repeat 2\n    advert_int", followed_by=then, pause=s
    )
    with pair.suffering(change):
        wait_for(lambda: conf(first) != before[first], "the first node's change")
        wait_for(lambda: conf(then) != before[then], "the other's")
    assert {node: conf(node) for node in order} == before


def test_a_text_that_is_not_there_is_refused(pair: Pair) -> None:
    with (
        pytest.raises(AgentError, match="does not have the text 'prioritty'"),
        pair.suffering(faults.configuration_changed(FIRST, "prioritty", "priority")),
    ):
        pass


def test_deaf_from_the_start_of_its_service_on(pair: Pair) -> None:
    """By hand, as `harness inject` does it: the blackhole begins after keepalived has started again."""
    stopped = faults.stopped(SECOND, "keepalived", duration=2 * s)
    deaf = faults.after(f"started({SECOND}, keepalived)", faults.blackhole(f"{SECOND}.external", "in", duration=6 * s))
    fault = stopped & deaf
    with Injection(pair.lab.name, fault.plan(pair.lab.topology), fault.targets(), lambda _: None) as injection:
        assert injection.run()
        parts = injection.outcome().parts
    assert [part.op.split()[0] for part in parts] == ["service", "drop"]
    began = next(each.t for each in pair.events_of(OpApplied) if isinstance(each.op, Drop))
    started = [
        e.t for e in pair.events_of(ServiceChanged) if (e.node, e.service, e.state) == (SECOND, "keepalived", "up")
    ]
    assert 0 <= began - started[-1] <= s
    assert parts[-1].met
