"""Which node answered, compared with which node owned the VIP."""

import dataclasses

import msgspec
import pytest

from harness import checks
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13
from tests.shapes import three_nodes
from tests.unit.checks.test_shapes import failover


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


def test_no_answers() -> None:
    assert checks.served_by_owner(*HistoryBuilder().dark(-1.0, 10.0).judged()).inconclusive


def test_a_pair_that_no_customer_asks() -> None:
    """The balancers before the databases."""
    history, step = HistoryBuilder().judged()
    alone = dataclasses.replace(history, topology=msgspec.structs.replace(history.topology, vantages={}))
    assert checks.served_by_owner(alone, step).not_applicable


NS = 1e-9


@pytest.mark.parametrize("takes, verdict", [(2.003, "holds"), (2.003 + NS, "violated")])
def test_an_answer_at_the_instant_of_the_takeover(takes: float, verdict: str) -> None:
    """Due at 2.001 s, answered by lb-ext-2 at 2.003 s."""
    story = HistoryBuilder().gives_up(LB1, 1.0).dark(1.0, 2.0).takes(LB2, takes).served_by(LB2, 2.0, 10.0)
    story.lag_ns = 0
    assert checks.served_by_owner(*story.judged()).verdict == verdict


@pytest.mark.parametrize("gives_up, verdict", [(3.00105, "violated"), (3.00105 + NS, "holds")])
def test_a_connection_at_the_instant_of_the_loss(gives_up: float, verdict: str) -> None:
    """Opened at 3.00105 s, 0.05 ms after it was due."""
    story = HistoryBuilder().gives_up(LB1, gives_up).takes(LB2, 4.0).dark(3.002, 4.1).served_by(LB2, 4.1, 10.0)
    story.lag_ns = 0
    assert checks.served_by_owner(*story.judged()).verdict == verdict


def test_the_first_wrong_answer_is_told_and_five_of_each_node_are_shown() -> None:
    story = failover(three_nodes(), LB1, LB2, "external")
    story.served_by("lb-ext-3", 5.0, 5.1, "customer-1").served_by(LB2, 4.0, 4.1, "customer-1")
    finding = checks.served_by_owner(*story.judged())
    assert finding.sentence.endswith("answers came from lb-ext-2 and lb-ext-3, not the owner, from +4.001 s on.")
    assert [instant.what for instant in finding.instants] == [
        *5 * ["answered by lb-ext-2"], *5 * ["answered by lb-ext-3"],
    ]  # fmt: skip


def test_answers_of_an_unknown_balancer_say_nothing() -> None:
    finding = checks.served_by_owner(*HistoryBuilder().requests(-2.0, 10.0, balancer=0).judged())
    assert finding.inconclusive
    assert finding.sentence == "No answer says which balancer gave it."


def test_all_answers_that_name_their_balancer_are_counted() -> None:
    """200/s of each of three vantage points in 11 s, but for one second of one of them."""
    history, step = HistoryBuilder().requests(2.0, 3.0, "customer-1", balancer=0).judged()
    assert checks.served_by_owner(history, step).sentence == "All 6400 answers came from the owner: lb-ext-1."
