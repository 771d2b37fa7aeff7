"""Who is served in the experiments of July 22: customers tell, for probes are few there."""

from dataclasses import replace

import pytest

from experiments.july_22 import answered, out, served
from harness.experiment.judge import StepResult, judge
from harness.model.errors import NotMeasured
from harness.model.requests import Stream
from harness.model.units import ms, s
from tests.histories import HistoryBuilder, ns

HZ = 200.0  # of the story's arrivals
VANTAGES = ("customer-1", "customer-2", "customer-3")


def customers(story: HistoryBuilder) -> StepResult:
    """A watch of 10 s in which all arrivals are customers at work."""
    return judge(story.requests(-2.0, 10.0, stream=Stream.background).build(), 0, "blip", None, ns(10.0) - ns(0.0))


def test_answered_for_four_seconds() -> None:
    seen = customers(HistoryBuilder().dark(0.0, 5.9))
    assert answered(seen, HZ) == dict.fromkeys(VANTAGES, 1.0)
    assert served(seen, HZ)
    assert not out(seen, HZ)


def test_each_vantage_point_by_itself() -> None:
    """One third in the dark is not 67 % served, and not out either."""
    seen = customers(HistoryBuilder().dark(0.0, 10.0, "customer-2"))
    assert answered(seen, HZ) == dict.fromkeys(VANTAGES, 1.0) | {"customer-2": 0.0}
    assert not served(seen, HZ)
    assert not out(seen, HZ)


def test_last_answers_that_are_good_do_not_make_a_cure() -> None:
    """Dark for 9.5 s, and good since: two good probes of five a second said "recovered"."""
    seen = customers(HistoryBuilder().dark(0.0, 9.5))
    assert not served(seen, HZ)
    assert out(seen, HZ)


def test_last_answer_that_is_late_does_not_undo_one() -> None:
    seen = customers(HistoryBuilder().requests(8.99, 9.0, done=1_001 * ms))
    assert served(seen, HZ)


@pytest.mark.parametrize("status", [401, 503])
def test_answered_wrongly_is_not_answered(status: int) -> None:
    seen = customers(HistoryBuilder().requests(0.0, 10.0, status=status, outcome=1))
    assert out(seen, HZ)


def test_whoever_waits_still_was_not_answered() -> None:
    """He has no record yet, and counts."""
    seen = customers(HistoryBuilder())
    due = seen.history.requests["due"]
    for since, is_served in ((8.9, True), (8.5, False), (-1.9, False)):
        recorded = replace(seen.history, requests=seen.history.requests[due < seen.step.began_ns + (since + 1) * s])
        assert served(replace(seen, history=recorded), HZ) is is_served, since


def test_customers_who_were_never_there_did_not_wait_in_vain() -> None:
    """Probes alone: the load was not set."""
    seen = judge(HistoryBuilder().dark(0.0, 10.0).build(), 0, "blip", None, ns(10.0) - ns(0.0))
    with pytest.raises(NotMeasured, match="No customers at customer-1, customer-2, customer-3"):
        out(seen, HZ)


def test_answers_that_take_longer_than_patience_do_not_count() -> None:
    for took, is_served in ((999 * ms, True), (1_001 * ms, False)):
        assert served(customers(HistoryBuilder().requests(-2.0, 10.0, done=took)), HZ) is is_served
