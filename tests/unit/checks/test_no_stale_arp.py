"""Caches that keep leading to a node which no longer owns the VIP."""

from dataclasses import replace

import msgspec

from harness import checks
from harness.model.events import NeighbourChanged
from harness.model.ops import FlushNeighbours, LinkDown
from harness.model.units import ms
from tests.histories import LAG_NS, LB1, LB2, VIP, HistoryBuilder, carrier_loss, june_13, ns
from tests.shapes import SECOND_VIP, several_vips


def test_june_13_is_seen() -> None:
    """gw-2 and customer-3 keep lb-ext-2; gw-1 is not blamed."""
    finding = checks.no_stale_arp(*june_13().judged())
    assert finding.violated
    assert "The ARP entries of gw-2 and customer-3 led to lb-ext-2" in finding.sentence
    assert "gw-1" not in finding.sentence
    assert finding.instants[0].t_ns == ns(0.8 + 0.5 + 0.5) + LAG_NS  # end of the cut, time to announce, bound


def test_announced_failover_holds() -> None:
    assert checks.no_stale_arp(*carrier_loss().judged()).holds


def test_late_cache_is_stale() -> None:
    """0.5 s after the gratuitous ARP, not a moment longer."""
    story = carrier_loss().caches(1.3, customer_3=LB2).caches(1.161 + 0.51, customer_3=LB1)
    assert checks.no_stale_arp(*story.judged()).violated
    story = carrier_loss().caches(1.3, customer_3=LB2).caches(1.161 + 0.49, customer_3=LB1)
    assert checks.no_stale_arp(*story.judged()).holds


def test_right_mac_on_the_wrong_port_is_stale() -> None:
    """A frame goes where the switch sends it, whatever the cache says."""
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).learns(2.0, "sw-b", LB1, "lb-ext-2.external")
    assert "The ARP entries of gw-2 and customer-3 led to lb-ext-2" in checks.no_stale_arp(*story.judged()).sentence


def test_entry_that_reaches_no_node_is_stale() -> None:
    story = HistoryBuilder().learns(2.0, "sw-b", LB1, "trunk.b").learns(2.0, "sw-a", LB1, "trunk.a")
    assert "led to no node" in checks.no_stale_arp(*story.judged()).sentence


def test_empty_cache_asks() -> None:
    assert checks.no_stale_arp(*HistoryBuilder().caches(3.0, gw_2=None).judged()).holds


def test_only_caches_that_led_there_are_named() -> None:
    """gw-2 and customer-3 have no entry all the time."""
    finding = checks.no_stale_arp(*HistoryBuilder().caches(-1.8, gw_2=None, customer_3=None).judged())
    assert finding.holds
    assert finding.sentence.startswith("The ARP entry of gw-1 led to lb-ext-1")
    assert "gw-2 and customer-3 had no entry" in finding.sentence


def test_cache_that_was_read_late() -> None:
    """It followed 0.51 s after the gratuitous ARP, as far as an observer can tell that was up to 20 ms late."""
    story = carrier_loss().caches(1.3, customer_3=LB2).caches(1.162 + 0.51, customer_3=LB1)
    story.lag_ns = 20 * ms
    finding = checks.no_stale_arp(*story.judged())
    assert finding.holds
    assert "plus 0.020 s by which the observer read late" in finding.bound


def test_loss_that_was_read_late() -> None:
    """lb-ext-1 lost the VIP, caches followed lb-ext-2, and only then the eye read it."""
    story = HistoryBuilder().op(LinkDown(f"{LB1}.external"), 3.0).caches(3.4, gw_1=LB2).takes(LB2, 3.45)
    story.lag_ns = 100 * ms
    assert checks.no_stale_arp(*story.gives_up(LB1, 3.45).caches(3.46, gw_2=LB2, customer_3=LB2).judged()).holds


def test_pair_that_no_vantage_point_asks() -> None:
    history, step = HistoryBuilder().judged()
    alone = replace(history, topology=msgspec.structs.replace(history.topology, vantages={}))
    assert checks.no_stale_arp(alone, step).not_applicable


def test_two_owners_are_not_its_business() -> None:
    """While both hold the VIP there is no owner to reach; alone again for less than the bound is not judged either."""
    story = HistoryBuilder(watch_s=3.0).drop("trunk.a", 0.0, 2.5).takes(LB2, 0.4).caches(0.4, gw_2=LB2)
    assert checks.no_stale_arp(*story.gives_up(LB2, 2.6).judged()).inconclusive
    assert checks.no_stale_arp(*HistoryBuilder(watch_s=-0.6).judged()).inconclusive


def test_no_cache_ever_had_an_entry() -> None:
    story = HistoryBuilder().caches(-1.5, gw_1=None, gw_2=None, customer_3=None)
    assert checks.no_stale_arp(*story.judged()).inconclusive


def test_the_last_owner_is_told() -> None:
    """gw-2 has no entry from the takeover on: it led to lb-ext-1 before."""
    story = carrier_loss().caches(0.3, gw_2=None).caches(0.363, gw_2=None).caches(1.163, gw_2=None)
    story.events = [e for e in story.events if not (isinstance(e, NeighbourChanged) and e.node == "gw-2" and e.mac)]
    story.caches(-1.9, gw_2=LB1)
    finding = checks.no_stale_arp(*story.judged())
    assert finding.holds
    assert finding.sentence == (
        "The ARP entries of gw-1 and customer-3 led to lb-ext-1 from +1.662 s on. "
        "gw-2 had no entry: a device without one asks."
    )


def test_an_entry_in_one_of_several_times() -> None:
    """gw-2 has one while lb-ext-2 is the owner, and for a part of that."""
    story = carrier_loss().caches(1.0, gw_2=None).caches(1.163, gw_2=None)
    story.events = [
        e
        for e in story.events
        if not (isinstance(e, NeighbourChanged) and e.node == "gw-2" and e.t > ns(1.1) and e.mac)
    ]
    finding = checks.no_stale_arp(*story.judged())
    assert finding.holds
    assert finding.sentence == "The ARP entries of gw-1, gw-2 and customer-3 led to lb-ext-1 from +1.662 s on."


def test_a_vantage_point_that_does_not_ask_is_not_named() -> None:
    """Caches of vantage points that ask for another VIP need no entry."""
    finding = checks.no_stale_arp(*HistoryBuilder(shape=several_vips()).judged())
    assert finding.holds
    assert "had no entry" not in finding.sentence


def test_a_vip_that_is_asked_for_by_some_and_in_no_cache() -> None:
    """customer-3's cache is not asked for it, and says nothing of the others."""
    story = HistoryBuilder(shape=several_vips())
    story.events = [e for e in story.events if not (isinstance(e, NeighbourChanged) and e.ip == VIP)]
    finding = checks.no_stale_arp(*story.caches(-1.9, gw_1=None, gw_2=None).judged())
    assert finding.inconclusive
    assert finding.sentence == (f"{VIP}: The watch shows no cache with an entry while one node alone held the VIP.")


def test_a_vip_that_no_vantage_point_asks_for() -> None:
    """No cache has to know it; but one that does must reach the owner."""
    story = HistoryBuilder(shape=several_vips())
    story.events = [e for e in story.events if not (isinstance(e, NeighbourChanged) and e.ip == SECOND_VIP)]
    wrong = NeighbourChanged(ns(2.0), "gw-1", SECOND_VIP, story.mac(LB2), 2)
    for events, verdict in (((), "holds"), ((wrong,), "violated")):
        history, step = story.judged()
        asks = history.topology.vantages | {
            "customer-3": msgspec.structs.replace(history.topology.vantages["customer-3"], vip=VIP)
        }
        topology = msgspec.structs.replace(history.topology, vantages=asks)
        entry = NeighbourChanged(ns(-1.9), "customer-3", VIP, story.mac(LB1), 2)
        told = tuple(sorted([*history.events, entry, *events], key=lambda event: event.t))
        finding = checks.no_stale_arp(replace(history, topology=topology, events=told), step)
        assert finding.verdict == verdict


def trunk_lost(*times: tuple[float, float]) -> HistoryBuilder:
    """Both ends have no carrier for these times. lb-ext-1 has the VIP all the time, and every entry is right."""
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0)
    for begin, end in times:
        story.shut(begin, end, "trunk.a", "trunk.b")
    return story


def test_a_trunk_that_is_lost_for_less_than_the_bound_makes_no_cache_stale() -> None:
    assert checks.no_stale_arp(*trunk_lost((0.0, 0.2), (2.5, 2.7)).judged()).holds


def test_a_trunk_that_is_lost_for_longer_does() -> None:
    finding = checks.no_stale_arp(*trunk_lost((2.5, 4.0)).judged())
    assert finding.violated
    assert "gw-2 and customer-3 led to no node from +3.0" in finding.sentence


def test_a_cache_behind_a_shut_port_reaches_no_node() -> None:
    """The storm guard shut the port that gw-1's frames come in by. The entry is right, and there is carrier."""
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).shut(2.0, 10.0, "gw-1.external")
    assert "gw-1 led to no node" in checks.no_stale_arp(*story.judged()).sentence


def test_an_owner_that_took_the_vip_too_late_to_be_judged() -> None:
    """The caches that led to the owner before it say nothing of it, in the switches neither."""
    for taken, judged in ((9.4, True), (9.6, False)):
        story = HistoryBuilder().op(LinkDown(f"{LB1}.external"), 9.0).gives_up(LB1, taken).takes(LB2, taken)
        followed = story.caches(taken + 0.01, gw_1=LB2, gw_2=LB2, customer_3=LB2).judged()
        findings = [check(*followed) for check in (checks.no_stale_arp, checks.forwarding_leads_home)]
        assert [(each.holds, each.inconclusive) for each in findings] == [(judged, not judged)] * 2
        if not judged:
            late = "lb-ext-2 alone held 10.77.0.100 from +0.600 s on, and the watch ended"
            assert all(each.sentence.startswith(late) for each in findings), findings


def test_an_owner_that_loses_the_vip_before_the_watch_ends_is_no_reason_to_wait() -> None:
    """Then no node, or two, are owners at the end: other checks judge that."""
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).gives_up(LB1, 9.9)
    assert checks.no_stale_arp(*story.judged()).holds
