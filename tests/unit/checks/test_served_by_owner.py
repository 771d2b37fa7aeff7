"""Who answered, joined to who owned."""

import dataclasses

import msgspec
import pytest

from harness import checks
from harness.model.units import ms
from tests.histories import LB2, HistoryBuilder, carrier_loss, june_13


def test_owners_serve() -> None:
    for story in (HistoryBuilder(), carrier_loss(), june_13()):
        assert checks.served_by_owner(*story.judged()).holds


def test_answers_from_the_standby() -> None:
    finding = checks.served_by_owner(*HistoryBuilder().served_by(LB2, 5.0, 5.1, "customer-2").judged())
    assert finding.violated
    assert "20 of" in finding.sentence
    assert "lb-ext-2" in finding.sentence


def test_answers_from_the_owner_of_yesterday() -> None:
    """lb-ext-2 gave the VIP up at 1.161 s; it may finish what it began, and no more."""
    assert checks.served_by_owner(*carrier_loss().served_by(LB2, 1.155, 1.161).judged()).holds
    assert checks.served_by_owner(*carrier_loss().served_by(LB2, 1.163, 1.17).judged()).violated


@pytest.mark.parametrize("lag_ms, holds", [(8, False), (12, True), (None, True)])
def test_address_event_that_was_read_late(lag_ms: int | None, *, holds: bool) -> None:
    """Answered 10 ms after the end, as far as the eye told: it may have read so late. Without a report: 50 ms."""
    story = carrier_loss().served_by(LB2, 1.163, 1.172)
    story.lag_ns = lag_ms and lag_ms * ms
    finding = checks.served_by_owner(*story.judged())
    assert finding.holds is holds
    assert ("by which the observer read late" in finding.bound) is holds  # 8 ms are not worth a word


def test_answer_that_outlives_the_reign() -> None:
    """Opened while lb-ext-2 owned the VIP, answered 0.4 s after it gave up."""
    story = carrier_loss().requests(1.15, 1.16, "customer-1", done=400 * ms)
    assert checks.served_by_owner(*story.judged()).holds


def test_nobody_answers() -> None:
    assert checks.served_by_owner(*HistoryBuilder().dark(-1.0, 10.0).judged()).inconclusive


def test_a_pair_that_no_customer_asks() -> None:
    """The balancers before the databases."""
    history, step = HistoryBuilder().judged()
    alone = dataclasses.replace(history, topology=msgspec.structs.replace(history.topology, vantages={}))
    assert checks.served_by_owner(alone, step).not_applicable
