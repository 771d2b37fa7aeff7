"""Gratuitous ARP after a takeover."""

import pytest

from harness import checks
from harness.model.events import Lag
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, ns


def test_announced() -> None:
    finding = checks.takeover_announced(*carrier_loss().judged())
    assert finding.holds
    assert len(finding.instants) == 2


def test_silent_takeover() -> None:
    story = HistoryBuilder().gives_up(LB1, 0.0).takes(LB2, 0.36, announces=False)
    finding = checks.takeover_announced(*story.judged())
    assert finding.violated
    assert "lb-ext-2 took the VIP at +1.360 s" in finding.sentence  # no fault in this step: seconds since it began


def test_too_late_is_not_announced() -> None:
    story = HistoryBuilder().gives_up(LB1, 0.0).takes(LB2, 0.36, announces=False)
    assert checks.takeover_announced(*story.announces(LB2, 0.47).judged()).violated
    assert checks.takeover_announced(*story.announces(LB2, 0.45).judged()).holds


def test_address_event_that_was_read_late() -> None:
    """Frames carry the kernel's time: what a node announced since it last lost the VIP belongs to this takeover."""
    for lag_ms, verdict in ((290, "violated"), (320, "holds"), (2_000, "holds")):
        story = HistoryBuilder().gives_up(LB1, 0.0).takes(LB2, 0.36, announces=False).announces(LB2, 0.05)
        story.lag_ns = lag_ms * ms
        finding = checks.takeover_announced(*story.judged())
        assert finding.verdict == verdict
        assert "by which the observer read late" in finding.bound
    story = story.gives_up(LB2, 0.4).takes(LB2, 0.45, announces=False)
    assert checks.takeover_announced(*story.judged()).violated


def test_announcement_by_another_node_does_not_count() -> None:
    story = HistoryBuilder().gives_up(LB1, 0.0).takes(LB2, 0.36, announces=False).announces(LB1, 0.37)
    assert checks.takeover_announced(*story.judged()).violated


def test_watch_ends_with_the_takeover() -> None:
    story = HistoryBuilder(watch_s=1.0).gives_up(LB1, 0.0).takes(LB2, 0.95, announces=False)
    assert checks.takeover_announced(*story.judged()).inconclusive


def test_no_takeover() -> None:
    assert checks.takeover_announced(*HistoryBuilder().judged()).not_applicable


NS = 1e-9


@pytest.mark.parametrize("t, verdict", [(0.46, "holds"), (0.46 + NS, "violated")])
def test_a_tenth_of_a_second_is_allowed(t: float, verdict: str) -> None:
    story = HistoryBuilder().gives_up(LB1, 0.0).takes(LB2, 0.36, announces=False).announces(LB2, t)
    assert checks.takeover_announced(*story.judged()).verdict == verdict


@pytest.mark.parametrize("watch_s, verdict", [(0.46, "violated"), (0.46 - NS, "inconclusive")])
def test_it_is_due_until_the_watch_ends(watch_s: float, verdict: str) -> None:
    story = HistoryBuilder(watch_s=watch_s).gives_up(LB1, 0.0).takes(LB2, 0.36, announces=False)
    assert checks.takeover_announced(*story.judged()).verdict == verdict


def test_the_latest_reading_is_told() -> None:
    """Of two takeovers one was read 30 ms late, the other was not."""
    story = carrier_loss()
    story.lag_ns = None
    for tenth in range(-20, 103):
        story.event(Lag(ns(tenth / 10), "eye", 30 * ms if tenth == 4 else 1 * ms))
        story.event(Lag(ns(tenth / 10), "service", 1 * ms))
    assert checks.takeover_announced(*story.judged()).bound.endswith("0.030 s by which the observer read late")
