"""What a history says of itself: steps, owners, caches, frames."""

import pytest

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.errors import UnknownName
from harness.model.events import (
    AddressChanged,
    AdvertSeen,
    AgentStarted,
    AnyEvent,
    ArpSeen,
    Marked,
    NeighbourChanged,
    OpReleased,
    Unwired,
)
from harness.model.limits import Limits
from harness.model.ops import Announce, Drop, FlushNeighbours, LinkDown
from harness.model.units import ms, s
from tests.histories import LAG_NS, LB1, LB2, VIP, HistoryBuilder, carrier_loss, june_13, keepalived_conf, ns


def test_step_is_read_from_the_marks() -> None:
    _, step = june_13().judged()
    assert step.window == Interval(ns(-1.0), ns(10.0))
    assert (step.first_effect_ns, step.heal_ns) == (ns(0.0), ns(0.8))
    assert step.before == Interval(ns(-1.0), ns(0.0))
    assert step.settled == Interval(ns(2.8), ns(10.0))
    assert step.measured == Interval(ns(2.8), ns(8.0))
    assert step.cut == [Interval(ns(0.0), ns(0.55)), Interval(ns(0.0), ns(0.8))]


def test_acts_heal_at_once() -> None:
    """A step of acts only runs from the first to the last act."""
    _, step = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.1).op(Announce("external"), 0.3).judged()
    assert (step.first_effect_ns, step.heal_ns) == (ns(0.1), ns(0.3))


def test_acts_beside_a_fault_do_not_count() -> None:
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), -0.5).drop("trunk.a", 0.0, 0.8).op(Announce("external"), 3.0)
    _, step = story.judged()
    assert (step.first_effect_ns, step.heal_ns) == (ns(0.0), ns(0.8))


def test_step_without_ops_begins_with_itself() -> None:
    _, step = HistoryBuilder().judged()
    assert step.first_effect_ns == step.heal_ns == step.began_ns


def test_fault_that_outlives_the_step() -> None:
    _, step = HistoryBuilder().drop("trunk.a", 0.0, 0.8).op(LinkDown("gw-1.external"), 0.1).judged()
    assert step.heal_ns is None
    assert step.settled is None
    assert step.measured == Interval(ns(5.0), ns(10.0))


def test_failed_op_has_no_effect() -> None:
    _, step = HistoryBuilder().op(LinkDown("gw-1.external"), 0.1, 0.2, error="gone").judged()
    assert step.applied == ()


def test_unfinished_step_ends_with_the_history() -> None:
    story = june_13()
    story.events = [e for e in story.events if not (isinstance(e, Marked) and e.name == "step_end")]
    history, step = story.judged()
    assert step.ends_ns == history.events[-1].t


def test_a_step_lasts_from_its_first_mark_to_its_last() -> None:
    """Under one name it may be done twice."""
    story = HistoryBuilder()
    story.event(Marked(ns(10.1), "step_begin", 0, "blip")).event(Marked(ns(10.2), "step_end", 0, "blip"))
    assert story.judged()[1].window == Interval(ns(-1.0), ns(10.2))


def test_a_step_of_the_same_name_in_another_trial_is_another_step() -> None:
    story = HistoryBuilder()
    story.event(Marked(ns(10.1), "step_begin", 1, "blip")).event(Marked(ns(10.2), "step_end", 1, "blip"))
    history = story.build()
    assert history.steps == ((0, "blip"), (1, "blip"))
    assert [history.step(*step).window for step in history.steps] == [
        Interval(ns(-1.0), ns(10.0)),
        Interval(ns(10.1), ns(10.2)),
    ]
    assert all(history.step(*step).first for step in history.steps)


def test_later_step_finds_what_the_first_left() -> None:
    story = june_13()
    story.event(Marked(ns(9.0), "step_begin", 0, "flush")).event(Marked(ns(9.5), "step_end", 0, "flush"))
    history = story.build()
    assert history.steps == ((0, "blip"), (0, "flush"))
    assert history.step(0, "blip").first
    assert not history.step(0, "flush").first
    assert history.step(0, "flush").before.length == 0


def later(story: HistoryBuilder) -> Step:
    """A second step of the trial, from +9.0 s to +9.5 s."""
    story.event(Marked(ns(9.0), "step_begin", 0, "act")).event(Marked(ns(9.5), "step_end", 0, "act"))
    return story.build().step(0, "act")


def test_a_fault_that_is_still_held_is_part_of_the_next_step() -> None:
    """An act heals at once only where nothing else is broken."""
    held = HistoryBuilder().op(LinkDown("trunk.a"), 0.0).op(Announce("external"), 9.1)
    step = later(held)
    assert [op.op for op in step.inherited] == [LinkDown("trunk.a")]
    assert (step.first_effect_ns, step.heal_ns, step.settled) == (ns(9.1), None, None)
    assert step.held == ()


def test_an_inherited_fault_that_ends_in_the_step_is_its_heal() -> None:
    story = HistoryBuilder().op(Drop("trunk.a", "egress"), 0.0, 9.2).op(Announce("external"), 9.1)
    step = later(story)
    assert step.heal_ns == ns(9.2)
    assert [cut.end for cut in step.cut] == [ns(9.2)]


@pytest.mark.parametrize(
    "event",
    [
        OpReleased(ns(5), 1, 0, LinkDown("trunk.a"), ns(5), ns(5), "undo"),
        AgentStarted(ns(5), "hand", "boot", 1),  # it has undone what it held
    ],
)
def test_what_was_undone_before_is_not_inherited(event: AnyEvent) -> None:
    step = later(HistoryBuilder().op(LinkDown("trunk.a"), 0.0).op(Announce("external"), 9.1).event(event))
    assert (step.inherited, step.heal_ns) == ((), ns(9.1))


def test_another_agents_restart_undoes_nothing() -> None:
    story = HistoryBuilder().op(LinkDown("trunk.a"), 0.0).event(AgentStarted(ns(5), "service", "boot", 1))
    assert later(story).heal_ns is None


def test_arp_to_a_mac_that_a_switch_has_forgotten_follows_the_vip() -> None:
    """use_vmac: the address is the VIP's own, so the node that has the VIP is reached, from when it has it."""
    vmac = "00:00:5e:00:01:33"
    story = HistoryBuilder().event(NeighbourChanged(ns(-1.0), "gw-1", VIP, vmac, 2))
    tables = story.gives_up(LB1, 1.0).takes(LB2, 1.5).build().tables
    changes = tables.arp_changes(tables.caches["gw-1"], Interval(ns(0), ns(2)))
    assert changes == [(ns(0), LB1), (ns(1.0), None), (ns(1.5), LB2)]


def test_unknown_step() -> None:
    with pytest.raises(UnknownName, match="Did you mean '0/blip'"):
        june_13().build().step(0, "blop")


def test_configuration_in_force() -> None:
    """The one that was marked last before the step began; without a mark, the first."""
    story = HistoryBuilder()
    history, step = story.judged()
    assert step.limits is history.limits["test"]
    slow = Limits.derive(story.topology, {LB1: keepalived_conf(150, 1), LB2: keepalived_conf(100, 1)})
    both = {"test": story.limits, "slow": slow}
    for t, expected in ((-1.5, slow), (-1.0, slow), (0.5, story.limits)):
        marks = (Marked(ns(-1.8), "configuration", step="test"), Marked(ns(t), "configuration", step="slow"))
        events: tuple[AnyEvent, ...] = tuple(sorted((*history.events, *marks), key=lambda e: e.t))
        assert History(history.topology, both, events).step(0, "blip").limits is expected


def test_no_configuration() -> None:
    history = HistoryBuilder().build()
    with pytest.raises(UnknownName, match="configuration in this history"):
        History(history.topology, {}, history.events).step(0, "blip")


def test_owners_and_takeovers() -> None:
    history, step = carrier_loss().judged()
    vip = history.topology.virtual_router("external").first
    assert history.takeovers(vip, step.watch) == [(ns(0.36), LB2), (ns(1.16), LB1)]
    assert history.tables.owners_at(vip, ns(0.1)) == []
    assert history.tables.owners(vip)[LB2] == [Interval(ns(0.36), ns(1.161))]
    assert history.tables.dual(vip) == [Interval(ns(1.16), ns(1.161))]


def test_a_takeover_counts_where_it_begins() -> None:
    """From the begin of the window on, and before its end."""
    history = carrier_loss().build()
    vip = history.topology.virtual_router("external").first
    assert history.takeovers(vip, Interval(ns(0.36), ns(1.16))) == [(ns(0.36), LB2)]
    assert history.takeovers(vip, Interval(ns(0.36) + 1, ns(1.16) + 1)) == [(ns(1.16), LB1)]


def test_arp_over_time() -> None:
    history = june_13().build()
    assert history.arp(ns(-1.0)) == {"gw-1": LB1, "gw-2": LB1, "customer-3": LB1}
    assert history.arp(ns(5.0)) == {"gw-1": LB1, "gw-2": LB2, "customer-3": LB2}
    assert history.tables.arp_changes(history.tables.caches["gw-2"], Interval(ns(-1), ns(5))) == [
        (ns(-1), LB1),
        (ns(0.365), LB2),
    ]


def test_arp_of_an_empty_cache() -> None:
    assert HistoryBuilder().caches(0.0, gw_1=None).build().arp(ns(1.0))["gw-1"] is None


def test_dead_node_forgets() -> None:
    """A node whose PID 1 died holds no address and has no cache, until it says so again."""
    history = HistoryBuilder().event(Unwired(ns(1.0), LB1)).event(Unwired(ns(1.0), "gw-1")).build()
    vip = history.topology.virtual_router("external").first
    assert history.tables.owners_at(vip, ns(0.9)) == [LB1]
    assert history.tables.owners_at(vip, ns(1.1)) == []
    assert history.arp(ns(1.1))["gw-1"] is None


def test_an_observer_that_starts_anew_tells_all_that_exists() -> None:
    """What it does not report again ended meanwhile. Another agent's start says nothing of that."""
    history = (
        HistoryBuilder()
        .event(AgentStarted(ns(1.0), "hand", "boot", 0))
        .event(AgentStarted(ns(2.0), "eye", "boot", 0))
        .event(AddressChanged(ns(2.5), LB2, "10.77.0.100", "lan0", present=True))
        .build()
    )
    vip = history.topology.virtual_router("external").first
    owned = [history.tables.owners_at(vip, ns(t)) for t in (1.5, 2.25, 3.0)]
    assert owned == [[LB1], [], [LB2]]
    assert [history.tables.arp(history.tables.caches["gw-1"], ns(t)) for t in (1.5, 2.25)] == [LB1, None]
    mac = history.topology.node(LB1).port("external").mac
    assert [history.tables.fdb.at(("sw-a", mac), ns(t)) for t in (1.5, 2.25)] == [f"{LB1}.external", None]


def test_frames_count_where_they_leave_a_node() -> None:
    """Not on trunks, not where they arrive, not of another VRID or address."""
    story = HistoryBuilder()
    mac, everyone = story.mac(LB1), "ff:ff:ff:ff:ff:ff"
    for port, inward in (("trunk.b", True), ("gw-1.external", False)):
        story.event(AdvertSeen(ns(1), port, inward, mac, "10.77.0.1", 51, 150))
        story.event(ArpSeen(ns(1), port, inward, mac, everyone, 1, mac, VIP, VIP))
    story.event(AdvertSeen(ns(1), f"{LB1}.external", True, mac, "10.77.0.1", 52, 150))
    story.event(ArpSeen(ns(1), f"{LB1}.external", True, mac, everyone, 1, mac, "10.77.0.1", "10.77.0.11"))
    history = story.build()
    vip, around = history.topology.virtual_router("external").first, Interval(ns(1) - 1, ns(1) + 1)
    assert history.adverts(("external",), 51, around) == []
    assert history.claims(vip, around) == []
    assert len(history.adverts(("external",), 51, Interval(ns(0), ns(1)))) == 10


def test_adverts_of_several_segments_are_in_order_of_time() -> None:
    """As a heartbeat on a second segment sends them. A segment that is named twice counts once."""
    story = HistoryBuilder().unseen(AdvertSeen, begin=1.0)
    for t, port in ((0.97, "customer-1.customers-1"), (0.98, "customer-2.customers-2")):
        story.event(AdvertSeen(ns(t), port, True, "02:88:00:00:01:02", "10.88.1.2", 51, 150))
    history = story.build()
    window = Interval(ns(0.9), ns(1.0))
    both = history.adverts(("external", "customers-1", "external"), 51, window)
    assert [advert.t for advert in both] == [ns(0.903), ns(0.97)]
    assert [advert.t for advert in history.adverts(("external", "external"), 51, window)] == [ns(0.903)]
    assert len(history.adverts(("customers-1",), 51)) == 1


def heard(story: HistoryBuilder, t: int, node: str, *, opcode: int = 1, target: str = VIP) -> None:
    """ARP from a node that has the VIP."""
    mac = story.mac(node)
    story.event(ArpSeen(t, f"{node}.external", True, mac, "ff:ff:ff:ff:ff:ff", opcode, mac, VIP, target))


def test_a_node_that_answers_or_announces_claims_the_vip_and_one_that_asks_does_not() -> None:
    story = HistoryBuilder()
    heard(story, ns(1.1), LB1, opcode=2, target="10.77.0.11")
    heard(story, ns(1.2), LB1, opcode=1, target="10.77.0.11")  # it may ask with any address of its own
    heard(story, ns(1.3), LB2, opcode=2)
    heard(story, ns(1.4), LB1)
    history = story.build()
    vip, window = history.topology.virtual_router("external").first, Interval(ns(1.0), ns(2.0))
    assert [claim.t for claim in history.claims(vip, window)] == [ns(1.1), ns(1.3), ns(1.4)]
    assert [garp.t for garp in history.garps(vip, within=window)] == [ns(1.3), ns(1.4)]
    assert [garp.t for garp in history.garps(vip, LB1, window)] == [ns(1.4)]


def announced(story: HistoryBuilder, node: str, *before_ns: int) -> list[int]:
    """How long before its takeover at +1 s the node sent what belongs to it, of what it sent so long before."""
    for distance in before_ns:
        heard(story, ns(1.0) - distance, node)
    history = story.build()
    vip = history.topology.virtual_router("external").first
    found = history.announcements(vip, node, ns(1.0), ns(2.0))
    return [ns(1.0) - garp.t for garp in found]


def test_an_announcement_may_precede_its_takeover_by_what_the_observer_was_late() -> None:
    story = HistoryBuilder().gives_up(LB1, 0.5).takes(LB2, 1.0, announces=False)
    assert announced(story, LB2, LAG_NS + 1, LAG_NS, -1) == [LAG_NS, -1]


@pytest.mark.parametrize("lost_ns, belong", [(20_000, [20_000, 10_000]), (0, [0])])
def test_what_was_announced_before_the_vip_was_lost_belongs_to_an_earlier_takeover(
    lost_ns: int, belong: list[int]
) -> None:
    """Also if it was lost and taken within one reading."""
    story = HistoryBuilder().gives_up(LB1, 1.0 - lost_ns / s).takes(LB1, 1.0, announces=False)
    assert announced(story, LB1, 30_000, 20_000, 10_000, 0)[: len(belong)] == belong


def test_what_is_recorded_first_is_told() -> None:
    """The numbered events of an agent, whatever others tell before; None of one that numbers none."""
    told = [Marked(t, "x", told_by=agent, serial=n) for t, agent, n in ((1, "", 0), (5, "eye", 1), (9, "eye", 2))]
    history = History(HistoryBuilder().topology, {}, tuple(told))
    assert [history.told_since(agent) for agent in ("eye", "hand")] == [5, None]


def test_without_requests_there_are_none() -> None:
    history = History(HistoryBuilder().topology, {}, ())
    assert len(history.requests) == len(history.arrivals("customer-1")) == 0


def test_a_history_is_known_by_its_identity() -> None:
    """Its requests are an array, whose comparison has no one answer: nothing compares two histories."""
    history = HistoryBuilder().build()
    assert {history: 1}[history] == 1
    assert history != HistoryBuilder().build()


def test_arrivals_of_one_vantage_point() -> None:
    arrivals = june_13().build().arrivals("customer-2")
    assert set(arrivals["vantage"].tolist()) == {2}
    assert len(arrivals) == 12 * s // (5 * ms)
