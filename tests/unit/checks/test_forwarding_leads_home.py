"""Where the switches send frames for the owner's MAC."""

import pytest

from harness import checks
from harness.model.events import ArpSeen, FdbChanged
from harness.model.ops import FlushNeighbours
from tests.histories import LB1, LB2, VIP, HistoryBuilder, carrier_loss, june_13, ns


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
    assert "no node" in finding.sentence


def test_unknown_mac_floods() -> None:
    story = HistoryBuilder().learns(3.0, "sw-a", LB1, None).learns(3.0, "sw-b", LB1, None)
    assert checks.forwarding_leads_home(*story.judged()).holds


def test_only_switches_that_had_learnt_the_mac_are_said_to_lead() -> None:
    finding = checks.forwarding_leads_home(*HistoryBuilder().learns(-1.5, "sw-b", LB1, None).judged())
    assert finding.holds
    assert finding.sentence == (
        "sw-a sent frames for the owner's MAC to lb-ext-1; sw-b had not learnt the owner's MAC, and flooded."
    )


def test_a_switch_that_learnt_it_at_some_time_is_said_to_lead() -> None:
    """sw-b forgets it and learns it again; of two owners it learnt one."""
    story = HistoryBuilder().learns(1.0, "sw-b", LB1, None).learns(5.0, "sw-b", LB1, "trunk.b")
    sent = "sw-a and sw-b sent frames for the owner's MAC to lb-ext-1"
    assert checks.forwarding_leads_home(*story.judged()).sentence == f"{sent}."
    story = HistoryBuilder().gives_up(LB1, 3.0).takes(LB2, 3.1).learns(3.0, "sw-b", LB2, None)
    finding = checks.forwarding_leads_home(*story.judged())
    assert finding.sentence == f"{sent} and lb-ext-2."


def test_wrong_for_less_than_the_bound() -> None:
    """After the takeover at 0.36 s sw-a still sends lb-ext-2's frames to gw-1, until 0.8 s."""
    story = carrier_loss().learns(0.3, "sw-a", LB2, "gw-1.external").learns(0.8, "sw-a", LB2, "trunk.a")
    assert checks.forwarding_leads_home(*story.judged()).holds
    story = carrier_loss().learns(0.3, "sw-a", LB2, "gw-1.external").learns(0.9, "sw-a", LB2, "trunk.a")
    assert checks.forwarding_leads_home(*story.judged()).violated


def test_watch_too_short() -> None:
    assert checks.forwarding_leads_home(*HistoryBuilder(watch_s=-0.6).judged()).inconclusive


def test_the_first_wrong_entry_is_told() -> None:
    story = HistoryBuilder().learns(3.0, "sw-b", LB1, "gw-2.external").learns(2.0, "sw-a", LB1, "gw-1.external")
    finding = checks.forwarding_leads_home(*story.judged())
    assert finding.sentence == "sw-a sent frames for the owner's MAC to gw-1 at +3.000 s."  # since the step began


def test_an_entry_that_is_wrong_as_the_time_begins_and_one_that_ends_with_it() -> None:
    """It begins 0.5 s after the effect at 0, and ends when lb-ext-1 gives up; what comes then is another owner's."""
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).gives_up(LB1, 4.0)
    story.lag_ns = 0
    assert checks.forwarding_leads_home(*story.learns(4.0, "sw-b", LB1, "gw-2.external").judged()).holds
    finding = checks.forwarding_leads_home(*story.learns(0.5, "sw-a", LB1, "gw-1.external").judged())
    assert [instant.what for instant in finding.instants if "sw-a" in instant.what] == ["sw-a leads to gw-1"]


def test_a_switch_has_learnt_the_mac_if_it_ever_had_an_entry() -> None:
    """In one of several times with one owner, for some of it."""
    story = carrier_loss().learns(0.5, "sw-a", LB2, None).learns(5.0, "sw-b", LB1, None)
    finding = checks.forwarding_leads_home(*story.judged())
    assert finding.sentence == "sw-a and sw-b sent frames for the owner's MAC to lb-ext-2 and lb-ext-1."


def test_no_switch_had_learnt_it() -> None:
    story = HistoryBuilder().learns(-1.5, "sw-a", LB1, None).learns(-1.5, "sw-b", LB1, None)
    assert checks.forwarding_leads_home(*story.judged()).sentence == (
        "sw-a and sw-b had not learnt the owner's MAC, and flooded."
    )


VMAC = "00:00:5e:00:01:33"


def claims(story: HistoryBuilder, t: float, mac: str, port: str = f"{LB1}.external") -> HistoryBuilder:
    return story.event(ArpSeen(ns(t), port, True, mac, "ff:ff:ff:ff:ff:ff", 1, mac, VIP, VIP))


@pytest.mark.parametrize(
    "told, violated",
    [
        (((-1.5, VMAC),), True),
        (((-1.5, VMAC), (-1.4, "02:77:00:00:00:01")), False),  # its last word counts
        (((-1.5, "02:77:00:00:00:01"), (-1.4, VMAC)), True),
        ((), False),  # a MAC address that no node announced is not the VIP's
        (((5.0, VMAC),), False),  # after the time began
    ],
)
def test_the_mac_is_what_the_owner_last_called_the_vips(told: tuple[tuple[float, str], ...], *, violated: bool) -> None:
    """With use_vmac it has one of its own. sw-b leads to gw-2 with it, and right with that of lb-ext-1."""
    story = HistoryBuilder()
    story.events = [e for e in story.events if not isinstance(e, ArpSeen)]
    story.event(FdbChanged(ns(-1.9), "sw-b", VMAC, "gw-2.external"))
    claims(story, -1.95, VMAC, f"{LB2}.external")  # of another node
    for t, mac in told:
        claims(story, t, mac)
    assert checks.forwarding_leads_home(*story.judged()).violated is violated


@pytest.mark.parametrize("until, violated", [(2.2, False), (9.0, True)])
def test_an_entry_for_a_port_that_does_not_forward_leads_nowhere(until: float, *, violated: bool) -> None:
    """No table changes, only the port's state. Shorter than the bound it is no violation."""
    story = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0).shut(2.0, until, "trunk.a", "trunk.b")
    finding = checks.forwarding_leads_home(*story.judged())
    assert finding.violated is violated
    assert ("sw-b sent frames for the owner's MAC to no node at +2.5" in finding.sentence) is violated
