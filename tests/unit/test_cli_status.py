"""What `status`, `inject` and `up` stand on: events folded by threads, achieved durations, agreement."""

import threading
import time
from io import StringIO

import pytest
from rich.console import Console

from harness.cli.status import line, percent, picture
from harness.lab.achieved import Ledger
from harness.lab.compose import overlays, topology
from harness.lab.feed import Feed
from harness.lab.live import ActiveFault, Status, disagreement
from harness.lab.success import described, good
from harness.lab.view import View
from harness.model.errors import AgentError, NotMeasured
from harness.model.events import (
    AddressChanged,
    AgentStarted,
    AnyEvent,
    FdbChanged,
    NeighbourChanged,
    OpApplied,
    OpReleased,
    ServiceChanged,
    Unwired,
    VrrpState,
)
from harness.model.ops import AnyOp, Drop, FlushNeighbours, LinkDown, Part, Plan, Signal
from harness.model.requests import Outcome, Request
from harness.model.units import ms

A, B = Drop("trunk.a", "ingress"), Drop("trunk.b", "ingress")
BLIP = Plan((Part(A, 0, 800 * ms), Part(B, 0, 550 * ms)))


def applied(op: AnyOp, t: int, error: str = "") -> OpApplied:
    return OpApplied(t, 7, 0, op, t, t, error)


def released(op: AnyOp, t: int) -> OpReleased:
    return OpReleased(t, 7, 0, op, t, t)


def ledger(*events: AnyEvent) -> Ledger:
    made = Ledger()
    for event in events:
        made.take(event)
    return made


def test_achieved_is_first_effect_to_last_release() -> None:
    outcome = ledger(applied(A, 100 * ms), applied(B, 101 * ms), released(B, 651 * ms), released(A, 900 * ms)).outcome(
        7, BLIP
    )
    assert (outcome.asked_s, outcome.achieved_s) == (0.8, 0.8)
    assert [(part.op, part.asked_s, part.achieved_s) for part in outcome.parts] == [
        ("drop trunk.a ingress", 0.8, 0.8),
        ("drop trunk.b ingress", 0.55, 0.55),
    ]


def test_what_was_not_released_has_no_achieved_duration() -> None:
    half = ledger(applied(A, 100 * ms), applied(B, 100 * ms), released(B, 650 * ms))
    assert half.unreleased(7, BLIP) == "drop trunk.a ingress"
    assert half.outcome(7, BLIP).achieved_s is None


def test_events_of_another_plan_do_not_count() -> None:
    assert ledger(applied(A, 1), applied(B, 1)).unapplied(8, BLIP) == "drop trunk.a ingress, drop trunk.b ingress"
    assert not ledger(applied(A, 1), applied(B, 1)).unapplied(7, BLIP)


def test_an_op_that_failed_is_an_error() -> None:
    with pytest.raises(AgentError, match=r"drop trunk\.a ingress failed: no such port"):
        ledger(applied(A, 1, "no such port")).unapplied(7, BLIP)


FLAPS = Plan((Part(A, 0, 100 * ms), Part(A, 500 * ms, 800 * ms)))


def test_the_same_op_twice_is_over_with_its_second_release() -> None:
    once = (applied(A, 0), released(A, 100 * ms))
    assert ledger(*once).unapplied(7, FLAPS) == ledger(*once).unreleased(7, FLAPS) == "drop trunk.a ingress"
    twice = ledger(*once, applied(A, 501 * ms), released(A, 802 * ms))
    assert twice.unapplied(7, FLAPS) == twice.unreleased(7, FLAPS) == ""
    assert [(part.asked_s, part.achieved_s) for part in twice.outcome(7, FLAPS).parts] == [(0.1, 0.1), (0.3, 0.301)]


def test_of_acts_the_last_one_ends_the_plan_and_none_is_held() -> None:
    flush, plan = (
        FlushNeighbours("gw-1"),
        Plan((Part(FlushNeighbours("gw-1")), Part(FlushNeighbours("gw-1"), 300 * ms))),
    )
    outcome = ledger(applied(flush, 0), applied(flush, 301 * ms)).outcome(7, plan)
    assert (outcome.achieved_s, outcome.parts) == (0.301, ())


def test_acts_are_not_awaited() -> None:
    assert not ledger().unreleased(7, Plan((Part(FlushNeighbours("gw-1")),)))


@pytest.mark.parametrize(
    "op,words",
    [
        (Signal("lb-ext-1"), "signal lb-ext-1"),
        (LinkDown("gw-1.external"), "link down gw-1.external"),
        (A, "drop trunk.a ingress"),
    ],
)
def test_an_op_is_one_line(op: AnyOp, words: str) -> None:
    assert str(op) == words


def test_a_wait_ends_with_the_event_that_meets_it() -> None:
    seen: list[AnyEvent] = []
    feed = Feed(seen.append)
    threading.Timer(0.05, feed.take, (applied(A, 1),)).start()
    began = time.monotonic()
    feed.wait("an event", lambda: "" if seen else "none", 30)
    assert time.monotonic() - began < 15  # woken by the event, not by the deadline


def test_a_wait_names_what_it_awaited_and_what_was_missing() -> None:
    with pytest.raises(NotMeasured, match=r"Timed out after 0\.01 s waiting for the wiring: gw-1\."):
        Feed().wait("the wiring", lambda: "gw-1", 0.01)


@pytest.mark.parametrize(
    "outcome,took,is_good",
    [(Outcome.ok, 150 * ms, True), (Outcome.ok, 151 * ms, False), (Outcome.http_error, ms, False)],
)
def test_good_is_answered_in_time(outcome: Outcome, took: int, is_good: bool) -> None:  # noqa: FBT001
    assert good(Request(1000, 1000, 1000 + took, 1, 200, outcome, 1, 1, 1, 0)) is is_good


@pytest.mark.parametrize(
    "outcome,status,words",
    [(Outcome.http_error, 403, "http_error, status 403"), (Outcome.refused, 0, "refused")],
)
def test_who_is_not_served_is_told_why(outcome: Outcome, status: int, words: str) -> None:
    assert described(Request(1000, 1000, 2000, 1, status, outcome, 1, 1, 1, 0)) == words


def test_status_is_one_line_where_there_is_no_terminal() -> None:
    now = Status(
        lab="x", t_ns=1, owners={"external": ()}, arp={"gw-1": None}, cache_of={"customer-1": "gw-1"},
        success={"customer-1": 0.5, "customer-2": None}, vrrp={}, active=(ActiveFault("me:1", "drop trunk.a", 1.0),),
        wired=(), missing=("gw-2",), notes=(),
    )  # fmt: skip
    assert line(now) == (
        "external: no node | gw-1→no node | customer-1 50 % customer-2 – "
        "| faults: drop trunk.a (me:1) | no cables: gw-2"
    )
    assert percent(0.994) == "99 %"


def test_a_pair_is_shown_with_its_own_nodes_only() -> None:
    view = View(topology(overlays()))
    for node in ("lb-ext-1", "lb-ext-2", "lb-int-1"):
        view.take(VrrpState(1, node, "pair", "MASTER" if node.endswith("1") else "BACKUP", 100))
    said = {router: view.vrrp_of(router) for router in view.topology.virtual_routers}
    assert said == {"external": {"lb-ext-1": "MASTER", "lb-ext-2": "BACKUP"}, "internal": {"lb-int-1": "MASTER"}}
    owners: dict[str, tuple[str, ...]] = {"external": ("lb-ext-1",), "internal": ("lb-int-1",)}
    shown = Console(record=True, width=160, file=StringIO())
    shown.print(picture(Status("x", 1, owners, {}, {}, {}, said, (), (), (), ())))
    (row,) = [row for row in shown.export_text().splitlines() if row.lstrip().startswith("internal")]
    assert row.split() == ["internal", "lb-int-1", "lb-int-1", "MASTER"]


def told_of(*words: tuple[str, str]) -> View:
    """lb-ext-1 has named these states: (instance, state)."""
    view = View(topology())
    for instance, state in words:
        view.take(VrrpState(1, "lb-ext-1", instance, state, 100))
    return view


BOTH = (("VI_API", "MASTER"), ("VI_OTHER", "FAULT"))


@pytest.mark.parametrize("words", [BOTH, BOTH[::-1]])
def test_another_instance_of_the_node_does_not_speak_for_the_pair(words: tuple[tuple[str, str], ...]) -> None:
    """Whichever of them spoke last."""
    view = told_of(*words)
    view.instances = {("external", "lb-ext-1"): "VI_API"}
    assert view.vrrp_of("external") == {"lb-ext-1": "MASTER"}
    view.instances = {("external", "lb-ext-1"): "VI_UNHEARD"}
    assert view.vrrp_of("external") == {}


def test_where_nobody_knows_the_pairs_instance_each_is_shown_by_its_name() -> None:
    assert told_of(*BOTH).vrrp_of("external") == {"lb-ext-1": "MASTER (VI_API), FAULT (VI_OTHER)"}
    assert told_of(BOTH[0]).vrrp_of("external") == {"lb-ext-1": "MASTER"}


def test_what_a_keepalived_said_ends_with_its_process() -> None:
    """The next one may have other instances."""
    view = told_of(*BOTH)
    view.take(ServiceChanged(2, "lb-ext-1", "haproxy", "down"))
    assert view.vrrp_of("external") == {"lb-ext-1": "MASTER (VI_API), FAULT (VI_OTHER)"}
    view.take(ServiceChanged(3, "lb-ext-1", "keepalived", "down"))
    assert view.vrrp_of("external") == {"lb-ext-1": "down"}
    view.take(VrrpState(3, "lb-ext-1", "VI_API", "STOP", 100))  # its last word, read later than its end
    view.take(ServiceChanged(4, "lb-ext-1", "keepalived", "up", 7))
    assert view.vrrp_of("external") == {}
    view.take(VrrpState(5, "lb-ext-1", "VI_NEW", "BACKUP", 100))
    assert view.vrrp_of("external") == {"lb-ext-1": "BACKUP"}


def test_an_instance_that_a_reload_removed_is_not_shown() -> None:
    assert told_of(*BOTH, ("VI_OTHER", "STOP")).vrrp_of("external") == {"lb-ext-1": "MASTER"}


def test_what_a_node_said_ends_with_it() -> None:
    view = told_of(*BOTH)
    view.take(Unwired(2, "lb-ext-1"))
    assert view.vrrp_of("external") == {}


def agreeing() -> View:
    """lb-ext-1 owns the VIP and every cache reaches it."""
    lab = topology()
    view = View(lab)
    router = lab.virtual_router("external")
    mac = lab.node("lb-ext-1").port("external").mac
    view.take(AddressChanged(1, "lb-ext-1", router.first.address, "lan0", present=True))
    for cache in lab.caches:
        view.take(NeighbourChanged(1, cache, router.first.address, mac, 2))
    for switch, port in (("sw-a", "lb-ext-1.external"), ("sw-b", "trunk.b")):
        view.take(FdbChanged(1, switch, mac, port))
    return view


def test_what_an_agent_had_in_force_is_over_when_it_starts_anew() -> None:
    view = agreeing()
    view.take(OpApplied(2, 1, 0, A, 2, 2, ""))
    view.take(OpApplied(2, 1, 1, Signal("lb-ext-1"), 2, 2, ""))
    view.take(AgentStarted(3, "hand", "boot", 1))
    assert list(view.active.values()) == [Signal("lb-ext-1")]
    assert disagreement(view) == ""


def test_what_an_observer_knew_is_forgotten_when_it_starts_anew() -> None:
    view = agreeing()
    view.take(AgentStarted(3, "eye", "boot", 0))
    assert view.owners(view.topology.virtual_router("external").first) == ()
    assert set(view.arps().values()) == {None}


def test_agreement_is_one_owner_whom_every_cache_reaches() -> None:
    view = agreeing()
    assert disagreement(view) == ""
    view.take(NeighbourChanged(2, "gw-2", "10.77.0.100", None, 0))
    assert disagreement(view) == "gw-2 reaches no node"
    view.take(AddressChanged(3, "lb-ext-2", "10.77.0.100", "lan0", present=True))
    assert "external is owned by lb-ext-1, lb-ext-2" in disagreement(view)
