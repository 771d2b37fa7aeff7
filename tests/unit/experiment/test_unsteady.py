"""What keeps a trial from beginning."""

from typing import Any

import pytest
from msgspec.structs import replace

from harness.experiment.unsteady import rests_elsewhere, undecided, undrained, unready, unsteady
from harness.lab import compose
from harness.lab.view import View
from harness.model.events import (
    AddressChanged,
    ConnectingSample,
    DatabaseSample,
    HaproxySample,
    NeighbourChanged,
    OpApplied,
    ServiceChanged,
    VrrpState,
)
from harness.model.ops import RIGHT_INDEX, LinkDown
from harness.model.units import s
from tests.shapes import VIP, several_vips
from tests.unit.experiment.labs import FIRST, SECOND, TOPOLOGY, led, owned, view_of

PREFERRED = {"external": FIRST}
FRONTEND = HaproxySample(1, "lb-ext-1", "api/FRONTEND", "OPEN", 60, 200, 0, 0, 0, 0)


@pytest.mark.parametrize("preferred", [FIRST, SECOND])
def test_a_pair_rests_on_the_node_of_the_highest_priority(preferred: str) -> None:
    """Whichever of the two that is: a site may give its second node the higher one."""
    assert unsteady(view_of(preferred), {"external": preferred}) == ""
    assert undecided(view_of(preferred), {"external": preferred}) == ""


def test_a_wrong_owner_is_named_with_what_its_keepalived_says() -> None:
    view = view_of(SECOND)
    view.take(VrrpState(view.now, FIRST, "external", "FAULT", 150))
    said = "external is owned by lb-ext-2 instead of lb-ext-1 (keepalived of lb-ext-1: FAULT, lb-ext-2: MASTER)"
    assert unsteady(view, PREFERRED) == said


def test_another_instance_of_a_node_is_not_what_its_pair_is_in() -> None:
    view = view_of(SECOND)
    view.instances = {("external", FIRST): "external", ("external", SECOND): "external"}
    view.take(VrrpState(view.now, FIRST, "external", "FAULT", 150))
    view.take(VrrpState(view.now, FIRST, "VI_OTHER", "MASTER", 150))
    assert unsteady(view, PREFERRED).endswith("(keepalived of lb-ext-1: FAULT, lb-ext-2: MASTER)")
    view.instances = {}
    assert unsteady(view, PREFERRED).endswith(
        "(keepalived of lb-ext-1: FAULT (external), MASTER (VI_OTHER), lb-ext-2: MASTER)"
    )


def test_without_an_owner_no_cache_is_accused() -> None:
    view = view_of(FIRST)
    owned(view, FIRST, present=False)
    view.take(ServiceChanged(view.now, SECOND, "keepalived", "down"))
    said = "external is owned by no node instead of lb-ext-1 (keepalived of lb-ext-1: BACKUP, lb-ext-2: down)"
    assert unsteady(view, PREFERRED) == said


def test_two_owners_are_both_named() -> None:
    view = view_of(FIRST)
    owned(view, SECOND)
    assert unsteady(view, PREFERRED).startswith("external is owned by lb-ext-1 and lb-ext-2 instead of lb-ext-1 (")


def test_a_cache_that_is_led_elsewhere_is_named_with_the_owner() -> None:
    view = view_of(FIRST)
    led(view, "gw-2", SECOND)
    assert unsteady(view, PREFERRED) == "gw-2 reaches lb-ext-2 (owner: lb-ext-1)"


def test_an_election_is_over_when_another_owner_has_stayed() -> None:
    view = view_of(SECOND)
    assert undecided(view, PREFERRED) == ""
    view.last_transition = view.now - 3 * s
    assert undecided(view, PREFERRED).startswith("external is owned by lb-ext-2 instead of lb-ext-1")
    owned(view, FIRST)
    view.now += 10 * s
    assert "lb-ext-1 and lb-ext-2" in undecided(view, PREFERRED)


def test_each_standby_that_is_not_backup_is_named_with_its_state() -> None:
    """What the preferred node says of itself is another question."""
    view, word = view_of(FIRST), "keepalived of lb-ext-2 is {} instead of BACKUP (external)"
    view.take(VrrpState(view.now, FIRST, "external", "FAULT", 150))
    assert unready(view, PREFERRED) == word.format("not known yet")
    view.take(VrrpState(view.now, SECOND, "external", "FAULT", 100))
    assert unready(view, PREFERRED) == word.format("FAULT")
    view.take(VrrpState(view.now, SECOND, "external", "BACKUP", 100))
    assert unready(view, PREFERRED) == ""


def test_a_fault_that_is_active_is_named() -> None:
    view = view_of(FIRST)
    view.take(OpApplied(view.now, 1, 0, LinkDown("gw-2.external"), 1, 1))
    assert unsteady(view, PREFERRED).startswith("a fault is active: ")


@pytest.mark.parametrize(
    "event, reason",
    [
        (ConnectingSample(1, "customer-2", 11), "11 connections of customer-2 have no answer"),
        (FRONTEND, "lb-ext-1 api/FRONTEND is 30% full"),
    ],
)
def test_who_is_left_of_an_earlier_trial_is_waited_for(event: ConnectingSample | HaproxySample, reason: str) -> None:
    view = View(TOPOLOGY)
    assert undrained(view) == ""
    view.take(event)
    assert undrained(view) == reason
    view.take(ConnectingSample(2, "customer-2", 3))
    assert "customer-2 have" not in undrained(view)


@pytest.mark.parametrize("ago, decided", [(4 * s, False), (4 * s + 1, True)])
def test_an_election_may_go_on_for_4_s(ago: int, *, decided: bool) -> None:
    """No master-down timer is longer at advert_int 1: 3 adverts and the skew, RFC 9568 section 6.1."""
    view = view_of(SECOND)
    view.last_transition = view.now - ago
    assert (undecided(view, PREFERRED) == "") == decided


@pytest.mark.parametrize(
    "owner, ago, elsewhere", [(SECOND, 10 * s, False), (SECOND, 10 * s + 1, True), (FIRST, 60 * s, False)]
)
def test_a_vip_rests_elsewhere_after_10_s_without_a_change(owner: str, ago: int, *, elsewhere: bool) -> None:
    view = view_of(owner)
    view.last_transition = view.now - ago
    assert rests_elsewhere(view, PREFERRED) == elsewhere


BOTH = compose.topology(frozenset({"databases"}))
HOME = {name: router.nodes[0] for name, router in BOTH.virtual_routers.items()}


def view_of_both(*, answered_ago: int = 0, longest_ms: int = 2, plan: str = RIGHT_INDEX) -> View:
    """Both routers' VIPs at home for long; every database was sampled so long ago."""
    view = View(BOTH)
    for vip in BOTH.vips:
        view.take(AddressChanged(1, HOME[vip.router.name], vip.address, "lan0", present=True))
    view.now = 100 * s
    for name in (node.name for node in BOTH.nodes.values() if node.kind == "database"):
        view.take(DatabaseSample(view.now - answered_ago, name, plan, 15, 1, longest_ms, 0, 0, 0, 0, read_only=False))
    return view


def test_one_vip_of_several_that_rests_elsewhere_is_enough() -> None:
    view = view_of_both()
    assert not rests_elsewhere(view, HOME)
    away = HOME | {"internal": BOTH.virtual_router("internal").nodes[1]}
    assert rests_elsewhere(view, away)
    assert undecided(view, away) == ""
    view.last_transition = view.now
    assert undecided(view, away).startswith("internal is owned by lb-int-1 instead of lb-int-2")


@pytest.mark.parametrize(
    "told, reason",
    [
        ({"answered_ago": s}, ""),
        ({"answered_ago": s + 1}, "db-1 has not answered for 1 s"),
        ({"longest_ms": 100}, ""),
        ({"longest_ms": 101}, "a query of db-1 has run for 101 ms"),
        ({"plan": "by_none"}, "db-1 would choose by_none"),
        ({"answered_ago": 2 * s, "longest_ms": 101, "plan": "by_none"}, "db-1 has not answered for 1 s"),
    ],
)
def test_a_database_is_at_rest_when_it_answers_quickly_along_the_right_index(told: dict[str, Any], reason: str) -> None:
    """Under the right plan an authentication takes 2 ms."""
    assert undrained(view_of_both(**told)).split("; ")[0] == reason


def test_a_database_that_has_never_answered_is_not_at_rest() -> None:
    view = view_of_both()
    view.databases.clear()
    assert undrained(view).startswith("db-1 has not answered for 1 s")


def test_only_frontends_that_customers_use_are_to_be_empty() -> None:
    """Inside, the servers' pools are sessions, at rest too."""
    view = view_of_both()
    view.take(replace(FRONTEND, node="lb-int-1"))
    assert undrained(view) == ""
    view.take(FRONTEND)
    assert undrained(view) == "lb-ext-1 api/FRONTEND is 30% full"


@pytest.mark.parametrize(
    "event, rests",
    [
        (replace(FRONTEND, sessions=25), True),  # an eighth of its limit of 200
        (replace(FRONTEND, sessions=26), False),
        (ConnectingSample(1, "customer-2", 10), True),
        (ConnectingSample(1, "customer-2", 11), False),
    ],
)
def test_a_few_sessions_are_a_pair_at_rest(event: ConnectingSample | HaproxySample, *, rests: bool) -> None:
    view = View(TOPOLOGY)
    view.take(event)
    assert (undrained(view) == "") == rests


def test_a_cache_that_no_customer_needs_may_have_no_entry() -> None:
    """If it has one, it must lead to the owner: others may ask it."""
    topology = several_vips().topology
    view, preferred = View(topology), {"external": FIRST}
    mac = {node: topology.node(node).port("external").mac for node in (FIRST, SECOND)}
    for vip in topology.vips:
        view.take(AddressChanged(1, FIRST, vip.address, "lan0", present=True))
    inside = topology.node(FIRST).port("internal").mac
    for cache in topology.caches.values():
        if cache.asked:
            entry = inside if cache.vip.segment == "internal" else mac[FIRST]
            view.take(NeighbourChanged(2, cache.device, cache.vip.address, entry, 2))
    assert unsteady(view, preferred) == ""
    view.take(NeighbourChanged(3, "customer-3", VIP, mac[SECOND], 2))
    assert unsteady(view, preferred) == f"customer-3 {VIP} reaches lb-ext-2 (owner: lb-ext-1)"
    view.take(NeighbourChanged(4, "customer-3", VIP, None, 0))
    view.take(NeighbourChanged(4, "gw-1", VIP, None, 0))
    assert unsteady(view, preferred) == "gw-1 reaches no node (owner: lb-ext-1)"
