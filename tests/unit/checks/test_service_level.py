"""Each vantage point by itself."""

from dataclasses import replace

from harness import checks
from harness.model.ops import Announce
from harness.model.units import ms
from tests.histories import HistoryBuilder, carrier_loss, june_13


def test_served_again() -> None:
    finding = checks.service_level(*carrier_loss().judged())
    assert finding.holds


def test_half_a_network_in_the_dark() -> None:
    finding = checks.service_level(*june_13().judged())
    assert finding.violated
    assert "customer-2 was served 0 times" in finding.sentence
    assert "customer-1" not in finding.sentence


def test_never_averaged() -> None:
    """1.9 % of one vantage point is 0.6 % of all: still violated."""
    finding = checks.service_level(*carrier_loss().dark(4.0, 4.1, "customer-3").judged())
    assert finding.violated
    assert "customer-3" in finding.sentence


def test_slow_is_not_served() -> None:
    for done, holds in ((149 * ms, True), (151 * ms, False)):
        story = carrier_loss().requests(4.0, 5.0, "customer-1", done=done)
        assert checks.service_level(*story.judged()).holds is holds


def test_steady_state_is_stricter() -> None:
    """Two bad arrivals of 200 before the fault."""
    finding = checks.service_level(*carrier_loss().requests(-0.9, -0.89, "customer-1", done=400 * ms).judged())
    assert finding.violated
    assert "before the fault" in finding.sentence


def test_mitigation_is_judged_by_what_follows() -> None:
    """Later steps of a trial find an outage: only what they leave counts."""
    history, step = HistoryBuilder().op(Announce("external"), 0.0).dark(-1.0, 0.01).judged()
    assert checks.service_level(history, step).violated
    assert checks.service_level(history, replace(step, first=False)).holds


def test_nothing_sent() -> None:
    history, step = carrier_loss().judged()
    silent = replace(history, requests=history.requests[:0])
    assert checks.service_level(silent, step).inconclusive


def test_watch_too_short() -> None:
    assert checks.service_level(*HistoryBuilder(watch_s=0.5).judged()).inconclusive
