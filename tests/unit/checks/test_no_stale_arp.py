"""Caches that keep leading to a node which no longer owns the VIP."""

from harness import checks
from harness.model.ops import FlushNeighbours
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13, ns


def test_june_13_is_seen() -> None:
    """gw-2 and customer-3 keep lb-ext-2; gw-1 is not blamed."""
    finding = checks.no_stale_arp(*june_13().judged())
    assert finding.violated
    assert "gw-2 and customer-3 led to lb-ext-2" in finding.sentence
    assert "gw-1" not in finding.sentence
    assert finding.instants[0].t_ns == ns(0.8 + 0.5 + 0.5)  # end of the cut, time to announce, bound


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
    assert "gw-2 and customer-3 led to lb-ext-2" in checks.no_stale_arp(*story.judged()).sentence


def test_entry_that_reaches_nobody_is_stale() -> None:
    story = HistoryBuilder().learns(2.0, "sw-b", LB1, "trunk.b").learns(2.0, "sw-a", LB1, "trunk.a")
    assert "led to nobody" in checks.no_stale_arp(*story.judged()).sentence


def test_empty_cache_asks() -> None:
    assert checks.no_stale_arp(*HistoryBuilder().caches(3.0, gw_2=None).judged()).holds


def test_two_owners_are_not_its_business() -> None:
    """While both hold the VIP there is no owner to reach; alone again for less than the bound is not judged either."""
    story = HistoryBuilder(watch_s=3.0).drop("trunk.a", 0.0, 2.5).takes(LB2, 0.4).caches(0.4, gw_2=LB2)
    assert checks.no_stale_arp(*story.gives_up(LB2, 2.6).judged()).inconclusive
    assert checks.no_stale_arp(*HistoryBuilder(watch_s=-0.6).judged()).inconclusive


def test_no_cache_ever_had_an_entry() -> None:
    story = HistoryBuilder().caches(-1.5, gw_1=None, gw_2=None, customer_3=None)
    assert checks.no_stale_arp(*story.judged()).inconclusive
