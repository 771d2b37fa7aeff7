"""After two masters the remaining one must announce itself."""

import pytest

from harness import checks
from harness.model.ops import Drop, LinkDown
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13


def healed(heal: float = 2.0) -> HistoryBuilder:
    """A symmetric partition; lb-ext-2 gives up 50 ms after it."""
    return HistoryBuilder().drop("trunk.a", 0.0, heal).drop("trunk.b", 0.0, heal).takes(LB2, 0.36).gives_up(LB2, 2.05)


def test_june_13_went_unannounced() -> None:
    finding = checks.survivor_announced(*june_13().judged())
    assert finding.violated
    assert "lb-ext-1 was the only owner again at +0.600 s" in finding.sentence


def test_survivor_that_hears_its_rival_announces_before_it_gives_up() -> None:
    assert checks.survivor_announced(*healed().announces(LB1, 2.02).judged()).holds


def test_bound_runs_from_the_heal() -> None:
    assert checks.survivor_announced(*healed().announces(LB1, 2.5).judged()).holds
    assert checks.survivor_announced(*healed().announces(LB1, 2.6).judged()).violated


def test_announcement_into_the_partition_does_not_count() -> None:
    assert checks.survivor_announced(*healed().announces(LB1, 1.0).judged()).violated


def test_announcement_of_the_loser_does_not_count() -> None:
    assert checks.survivor_announced(*healed().announces(LB2, 2.02).judged()).violated


def mute_after_a_cable(announced: float | None) -> HistoryBuilder:
    """The first node's cable is out for 0.5 s; then its port is silent until 4 s, and it takes the VIP meanwhile."""
    port = f"{LB1}.external"
    story = HistoryBuilder().op(LinkDown(port), 0.0, 0.5).gives_up(LB1, 0.001).takes(LB2, 0.36)
    story.op(Drop(port, "ingress"), 0.501, 4.0).op(Drop(port, "egress"), 0.501, 4.0).takes(LB1, 1.0)
    story.gives_up(LB2, 4.05)
    return story if announced is None else story.announces(LB1, announced)


def test_what_ended_before_the_rivalry_keeps_no_announcement_audible() -> None:
    """It announced itself into the silence. The end of the cable's fault, before that, is no heal of it."""
    assert checks.survivor_announced(*mute_after_a_cable(None).judged()).violated
    assert checks.survivor_announced(*mute_after_a_cable(4.2).judged()).holds


def test_two_until_the_end() -> None:
    finding = checks.survivor_announced(*HistoryBuilder().drop("trunk.a", 0, 2).takes(LB2, 0.36).judged())
    assert finding.inconclusive
    assert finding.sentence == "Both nodes held the VIP until the watch ended."


def test_a_fault_that_is_never_healed() -> None:
    """The bound runs from the heal. What is said is what was seen: the rivalry is over."""
    story = HistoryBuilder().drop("trunk.a", 0.0, None).takes(LB2, 0.36).gives_up(LB2, 2.05)
    finding = checks.survivor_announced(*story.judged())
    assert finding.inconclusive
    assert finding.sentence == "Both nodes held the VIP, and the fault lasted longer than the step."


def test_never_two() -> None:
    assert checks.survivor_announced(*HistoryBuilder().judged()).not_applicable


def test_watch_that_ends_before_it_is_due() -> None:
    """0.5 s from the heal."""
    for watch_s, verdict in ((2.4, "inconclusive"), (2.6, "violated")):
        story = HistoryBuilder(watch_s=watch_s).drop("trunk.a", 0.0, 2.0).takes(LB2, 0.36).gives_up(LB2, 2.05)
        assert checks.survivor_announced(*story.judged()).verdict == verdict


def test_failback_leaves_no_survivor() -> None:
    """The preferred node takes the VIP, announced, while the other gives up: it announced its takeover."""
    finding = checks.survivor_announced(*carrier_loss().judged())
    assert finding.not_applicable
    assert "took it over" in finding.sentence


def test_takeover_that_was_not_delivered_is_no_excuse() -> None:
    """lb-ext-2 took the VIP during the cut and survives: the other half of the network still has lb-ext-1."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 2.0).drop("trunk.b", 0.0, 2.0).takes(LB2, 0.36).gives_up(LB1, 2.05)
    assert checks.survivor_announced(*story.judged()).violated
    assert checks.survivor_announced(*story.announces(LB2, 2.1).judged()).holds


@pytest.mark.parametrize("watch_s, verdict", [(2.55, "violated"), (2.55 - 1e-9, "inconclusive")])
def test_it_is_due_half_a_second_after_the_later_of_heal_and_loss(watch_s: float, verdict: str) -> None:
    """The heal is at 2.0 s; the rival gives up at 2.05 s."""
    story = HistoryBuilder(watch_s=watch_s).drop("trunk.a", 0.0, 2.0).takes(LB2, 0.36).gives_up(LB2, 2.05)
    story.lag_ns = 0
    assert checks.survivor_announced(*story.judged()).verdict == verdict


def test_after_the_heal_it_is_due_from_its_own_time_on() -> None:
    """The rival gives up 1 s after the heal, and the survivor speaks 0.4 s later."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 2.0).takes(LB2, 0.36).gives_up(LB2, 3.0).announces(LB1, 3.4)
    assert checks.survivor_announced(*story.judged()).holds


def twice() -> HistoryBuilder:
    """Two rivalries, one in the cut, the other too."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 2.0).drop("trunk.b", 0.0, 2.0)
    return story.takes(LB2, 0.36).gives_up(LB2, 1.0).takes(LB2, 1.2).gives_up(LB2, 2.05)


def test_the_first_silent_survivor_is_told_and_all_are_shown() -> None:
    finding = checks.survivor_announced(*twice().judged())
    assert finding.violated
    assert finding.sentence == "lb-ext-1 was the only owner again at +1.000 s and sent no gratuitous ARP."
    assert len(finding.instants) == 2
    spoken = checks.survivor_announced(*twice().announces(LB1, 2.02).judged())
    assert spoken.holds
    assert len(spoken.instants) == 2


def test_one_rivalry_that_lasts_until_the_end() -> None:
    """Of several the last: what follows is not seen."""
    story = twice().takes(LB2, 5.0)
    assert checks.survivor_announced(*story.judged()).inconclusive


def test_one_that_is_not_yet_due_excuses_no_other() -> None:
    story = HistoryBuilder(watch_s=4.0).drop("trunk.a", 0.0, 2.0).drop("trunk.b", 0.0, 2.0)
    story.takes(LB2, 0.36).gives_up(LB2, 2.05).drop("trunk.a", 3.0, 3.2).takes(LB2, 3.1).gives_up(LB2, 3.9)
    finding = checks.survivor_announced(*story.judged())
    assert finding.violated
    assert finding.sentence.startswith("lb-ext-1 was the only owner again at +2.050 s")
    assert len(finding.instants) == 1
