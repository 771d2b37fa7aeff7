"""Where the switches send frames for the owner's MAC."""

from harness import checks
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13


def test_they_lead_home() -> None:
    for story in (HistoryBuilder(), carrier_loss(), june_13()):
        assert checks.forwarding_leads_home(*story.judged()).holds


def test_entry_on_the_wrong_port() -> None:
    finding = checks.forwarding_leads_home(*HistoryBuilder().learns(3.0, "sw-b", LB1, "gw-2.external").judged())
    assert finding.violated
    assert "sw-b sent frames for the owner's MAC to gw-2" in finding.sentence


def test_entries_that_circle() -> None:
    finding = checks.forwarding_leads_home(*HistoryBuilder().learns(3.0, "sw-a", LB1, "trunk.a").judged())
    assert finding.violated
    assert "nobody" in finding.sentence


def test_unknown_mac_floods() -> None:
    story = HistoryBuilder().learns(3.0, "sw-a", LB1, None).learns(3.0, "sw-b", LB1, None)
    assert checks.forwarding_leads_home(*story.judged()).holds


def test_only_switches_that_had_learnt_the_mac_are_said_to_lead() -> None:
    finding = checks.forwarding_leads_home(*HistoryBuilder().learns(-1.5, "sw-b", LB1, None).judged())
    assert finding.holds
    assert finding.sentence == "sw-a led to lb-ext-1, the owner; sw-b had not learnt its MAC, and flooded."


def test_wrong_for_less_than_the_bound() -> None:
    """After the takeover at 0.36 s sw-a still sends lb-ext-2's frames to gw-1, until 0.8 s."""
    story = carrier_loss().learns(0.3, "sw-a", LB2, "gw-1.external").learns(0.8, "sw-a", LB2, "trunk.a")
    assert checks.forwarding_leads_home(*story.judged()).holds
    story = carrier_loss().learns(0.3, "sw-a", LB2, "gw-1.external").learns(0.9, "sw-a", LB2, "trunk.a")
    assert checks.forwarding_leads_home(*story.judged()).violated


def test_watch_too_short() -> None:
    assert checks.forwarding_leads_home(*HistoryBuilder(watch_s=-0.6).judged()).inconclusive
