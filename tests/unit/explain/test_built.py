"""The checks that no recording violates, and sentences that none has: built histories, and what is said of them."""

from collections.abc import Iterable

import pytest

from harness import checks
from harness.explain import ALL, UNKNOWN, Explanation, explain
from harness.history import History
from harness.model.events import AdvertSeen, ArpSeen, InterfaceCounted, LinkChanged
from harness.model.ops import LinkDown
from tests.histories import LB1, LB2, VIP, VRID, HistoryBuilder, june_13, ns
from tests.unit.checks.test_evidence import STORIES


def explained(story: HistoryBuilder | History, name: str) -> Explanation:
    history = story if isinstance(story, History) else story.build()
    step = history.step(0, "blip")
    finding = checks.ALL[name](history, step)
    assert finding.violated, finding
    return explain(history, step, finding)


def delivered(story: HistoryBuilder, sender: str, to: str, times: Iterable[float], priority: int) -> HistoryBuilder:
    """Adverts of `sender` that leave the switch towards `to`."""
    for t in times:
        sent = story.advert(sender, t, priority)
        story.event(replace_port(sent, f"{to}.external"))
    return story


def replace_port(sent: AdvertSeen, port: str) -> AdvertSeen:
    return AdvertSeen(sent.t, port, False, sent.source, sent.ip, sent.vrid, sent.priority)


def heard(story: HistoryBuilder, node: str) -> HistoryBuilder:
    """One frame at its port shows that the port is watched."""
    mac = story.mac("gw-1")
    return story.event(
        ArpSeen(ns(-1.9), f"{node}.external", False, mac, "ff:ff:ff:ff:ff:ff", 1, mac, "10.77.0.11", VIP)
    )


def test_every_check_has_an_explainer() -> None:
    assert ALL.keys() == checks.ALL.keys()


@pytest.mark.parametrize("name", STORIES)
def test_every_violated_check_of_every_story_is_explained(name: str) -> None:
    history = STORIES[name]().build()
    step = history.step(0, "blip")
    for check in checks.ALL.values():
        finding = check(history, step)
        if finding.violated:
            told = explain(history, step, finding)
            assert told.because
            assert "itself failed" not in told.paragraph


def test_a_takeover_by_silence_and_a_step_back() -> None:
    """The reasons come from the adverts that reached the node."""
    story = delivered(june_13(), LB1, LB2, (-0.1, 0.0, 0.59), priority=150)
    because = explained(heard(story, LB1), "survivor_announced").because
    assert "No advert had reached lb-ext-2 for 0.362 s; its master-down timer is 0.361 s." in because
    assert (
        "An advert of lb-ext-1 with the priority 150 had reached lb-ext-2 0.010 s before: by VRRP it then steps back, "
        "and sends nothing." in because
    )
    assert "lb-ext-1 sent no gratuitous ARP for 10.77.0.100 until the step ended." in because


def test_a_rival_that_was_heard() -> None:
    story = delivered(june_13(), LB2, LB1, (0.4, 0.5), priority=100)
    because = explained(story, "survivor_announced").because
    assert "Of the 3 adverts that lb-ext-2 sent meanwhile 2 reached lb-ext-1, the first at +0.400 s." in because


def test_a_port_that_was_not_watched_shows_no_absence() -> None:
    because = explained(june_13(), "survivor_announced").because
    assert f"{UNKNOWN} whether lb-ext-1 heard of its rival." in because
    assert not any("never learnt" in sentence for sentence in because)


def test_two_owners_that_do_not_hear_each_other() -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).drop("trunk.b", 0.0, 0.8).takes(LB2, 0.36)
    told = explained(heard(heard(story, LB1), LB2), "dual_owner")
    assert "lb-ext-1 and lb-ext-2 held 10.77.0.100 from +0.800 s until the step ended." in told.because
    assert "Of 92 adverts that lb-ext-2 sent in that time 0 reached lb-ext-1." in told.because
    shown = [(seen.device, seen.shows) for seen in told.seen if seen.asks == "keepalived's log"]
    assert shown == [(LB1, "(external) Entering MASTER STATE"), (LB2, "(external) Entering MASTER STATE")]


def test_no_owner_and_a_lost_carrier() -> None:
    story = HistoryBuilder().op(LinkDown(f"{LB1}.external"), 0.0).gives_up(LB1, 0.01).takes(LB2, 2.0)
    story.event(LinkChanged(ns(0.009), LB1, "lan0", up=True, carrier=False))
    because = explained(story, "no_owner").because
    assert because[:4] == (
        "lb-ext-1.external had no carrier from +0.000 s on.",
        "lb-ext-1 gave 10.77.0.100 up at +0.010 s.",
        "lb-ext-1 had lost the carrier of lan0 at +0.009 s.",
        "No node held 10.77.0.100 from +0.010 s to +2.000 s.",
    )


def test_a_node_that_sends_one_more_advert_before_it_steps_back() -> None:
    story = HistoryBuilder(extra="higher_prio_send_advert").drop("trunk.b", 0.0, 0.55).drop("trunk.a", 0.0, 0.8)
    story = delivered(story.takes(LB2, 0.362).gives_up(LB2, 0.6), LB1, LB2, (-0.1, 0.0, 0.59), priority=150)
    because = explained(heard(story, LB1), "survivor_announced").because
    sentence = (
        "An advert of lb-ext-1 with the priority 150 had reached lb-ext-2 0.010 s before: by VRRP it then steps back"
    )
    assert f"{sentence}." in because


def kept(*heard_of: tuple[str, int], extra: str = "") -> list[str]:
    """What is said of these adverts (sender, priority) that reach lb-ext-2 while no node has the VIP."""
    story = HistoryBuilder(extra=extra).op(LinkDown(f"{LB1}.external"), 0.0).gives_up(LB1, 0.01).takes(LB2, 2.0)
    for n, (address, priority) in enumerate(heard_of):
        story.event(AdvertSeen(ns(0.1 + n / 10), f"{LB2}.external", False, address, address, VRID, priority))
    return [each for each in explained(story, "no_owner").because if "in that time" in each]


def test_adverts_that_keep_a_standby_from_taking_over_by_their_sender() -> None:
    first, second = kept(("10.77.0.1", 150), ("10.77.0.11", 200), ("10.77.0.1", 100))
    meaning = "while such adverts arrive lb-ext-2 does not take over."
    assert first == f"2 adverts of lb-ext-1 reached lb-ext-2 in that time, with priorities from 100 to 150: {meaning}"
    assert second == f"1 advert of gw-1 reached lb-ext-2 in that time, with the priority 200: {meaning}"


def test_a_resignation_and_a_lower_priority_keep_no_standby_from_taking_over() -> None:
    assert kept(("10.77.0.1", 0), ("10.77.0.1", 99)) == []
    (sentence,) = kept(("10.77.0.1", 0), ("10.77.0.1", 99), extra="nopreempt")
    assert sentence.startswith("1 advert of lb-ext-1 reached lb-ext-2 in that time, with the priority 99: ")


def test_a_takeover_without_an_announcement() -> None:
    because = explained(STORIES["built_silent_takeover"]().caches(0.1, gw_1=LB1), "no_stale_arp").because
    assert "lb-ext-2 sent no gratuitous ARP for 10.77.0.100 from +0.900 s to +1.900 s." in because


def test_a_takeover_that_was_never_announced() -> None:
    story = HistoryBuilder().op(LinkDown(f"{LB1}.external"), 0.0).gives_up(LB1, 0.0).takes(LB2, 0.3, announces=False)
    told = explained(story.announces(LB2, 5.3), "takeover_announced")
    assert "The first gratuitous ARP of lb-ext-2 after that came at +5.300 s." in told.because
    assert told.because[-1] == f"{UNKNOWN} why lb-ext-2 did not announce it."


def test_a_node_that_answers_without_holding_the_vip() -> None:
    because = explained(STORIES["built_stranger"](), "single_owner").because
    assert because[0].startswith("lb-ext-2 claimed 10.77.0.100 by ARP without holding it, 1 time, the first at ")


def test_a_standby_that_announces_what_it_does_not_hold() -> None:
    because = explained(HistoryBuilder().announces(LB2, 3.0), "announced_by_owner").because
    assert any(each.startswith("lb-ext-2 claimed 10.77.0.100 by ARP without holding it, 1 time, ") for each in because)


def test_a_switch_that_leads_astray() -> None:
    told = explained(STORIES["built_wrong_port"](), "forwarding_leads_home")
    assert told.because[0].startswith(
        "sw-b had 02:77:00:00:00:01, the MAC address of lb-ext-1, at its port gw-2.external"
    )
    assert told.seen[0].shows == "02:77:00:00:00:01 dev gw-2.external"


def test_an_address_that_vanished_under_keepalived() -> None:
    because = explained(HistoryBuilder().address(LB1, 1.0, present=False), "pair_agrees").because
    assert "The last word of its keepalived by +2.000 s was MASTER." in because  # without an op the step begins at 0
    assert "At +2.000 s lb-ext-1 did not hold 10.77.0.100." in because


def test_a_master_that_falls_silent() -> None:
    because = explained(HistoryBuilder().mute(LB1, 5.0, 7.0), "adverts_regular").because
    assert "lb-ext-1 sent 70 adverts in 9.000 s from +2.000 s until the step ended." in because


def test_answers_of_a_node_that_never_held_the_vip() -> None:
    because = explained(HistoryBuilder().served_by(LB2, 5.0, 6.0, "customer-2"), "served_by_owner").because
    assert because == (
        "lb-ext-2 answered 200 requests of customer-2 from +6.001 s on, and did not hold 10.77.0.100 then.",
        "The ARP entry of gw-2 led to lb-ext-1 at +6.001 s.",
    )


def test_a_standby_that_forwards() -> None:
    story = HistoryBuilder().event(InterfaceCounted(ns(6.0), LB2, 7, forwarding=True))
    because = explained(story, "standby_silent").because
    assert because[1] == "lb-ext-2 forwarded 7 packets from +6.500 s to +7.000 s."


def test_a_defect_of_an_explainer_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> object:
        raise ValueError("no such thing")

    history = june_13().build()
    step = history.step(0, "blip")
    finding = checks.ALL["survivor_announced"](history, step)
    told = ALL["survivor_announced"]._replace(why=broken)(history, step, finding)  # type: ignore[arg-type]
    assert told.paragraph.startswith(f"{UNKNOWN} why: the explanation itself failed, in test_built.py, line ")
    assert told.finding == finding.sentence
