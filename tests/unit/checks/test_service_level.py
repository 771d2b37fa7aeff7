"""Each vantage point is judged by itself."""

import re
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from harness import checks
from harness.model.ops import Announce
from harness.model.requests import Outcome
from harness.model.units import ms, s
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
    finding = checks.service_level(silent, step)
    assert finding.inconclusive
    assert "Missing: probes of customer-1" in finding.sentence


def test_so_few_arrivals_say_nothing() -> None:
    """Two a second: 8 in the settled part would do, 7 do not, however good they are."""
    history, step = carrier_loss().judged()
    settled = history.requests["due"] >= step.measured.begin
    for few, verdict in ((7, "inconclusive"), (8, "holds")):
        every = step.measured.length // few // (5 * ms)
        kept = ~settled | (history.requests["sequence"] % every == 1)
        requests = history.requests[kept].copy()
        for number in (1, 2, 3):
            mine = requests["vantage"] == number
            requests["sequence"][mine] = range(mine.sum())
        finding = checks.service_level(replace(history, requests=requests), step)
        assert finding.verdict == verdict, finding.sentence


def test_arrivals_without_a_record_are_no_evidence() -> None:
    """The 0.2 s in which a vantage point was dark are lost: it is unknown whether it was served."""
    history, step = carrier_loss().dark(4.0, 4.2, "customer-3").judged()
    assert checks.service_level(history, step).violated
    since = step.first_effect_ns + 4 * s
    lost = (history.requests["due"] >= since) & (history.requests["due"] < since + 200 * ms)
    finding = checks.service_level(replace(history, requests=history.requests[~lost]), step)
    assert finding.inconclusive
    assert "(40 more left no record)" in finding.sentence


def test_the_bound_that_is_printed() -> None:
    assert checks.service_level(*carrier_loss().judged()).bound == (
        "before the fault 99.9%, or all but one of 20 to 1,000 arrivals; "
        "once settled 99.0%, or all but one of 20 to 100 arrivals"
    )


def test_watch_too_short() -> None:
    assert checks.service_level(*HistoryBuilder(watch_s=0.5).judged()).inconclusive


def test_one_arrival_without_a_record_is_too_many_to_hold() -> None:
    history, step = carrier_loss().judged()
    lost = np.flatnonzero((history.requests["due"] > step.first_effect_ns + 4 * s) & (history.requests["vantage"] == 3))
    finding = checks.service_level(replace(history, requests=np.delete(history.requests, lost[0])), step)
    assert finding.inconclusive
    assert "(1 more left no record)" in finding.sentence
    assert "customer-1" not in finding.sentence


@pytest.mark.parametrize("dark_s, verdict", [(0.1, "violated"), (0.03, "inconclusive")])
def test_what_left_no_record_may_have_been_good(dark_s: float, verdict: str) -> None:
    """20 bad ones or 6 of 520, and 520 more without a record: of 1,040 may 10 be bad."""
    history, step = carrier_loss().dark(4.0, 4.0 + dark_s, "customer-3").judged()
    requests, begin = history.requests, step.measured.begin
    good = (requests["vantage"] == 3) & (requests["outcome"] == Outcome.ok) & (requests["due"] >= begin)
    lost = good & (requests["sequence"] % 2 == 0)
    finding = checks.service_level(replace(history, requests=requests[~lost]), step)
    assert finding.verdict == verdict
    assert "more left no record)" in finding.sentence


def test_the_worst_is_told() -> None:
    """By its share, not by how many there were: before the fault there are fewer."""
    finding = checks.service_level(*carrier_loss().dark(4.0, 4.005, "customer-3").judged())
    assert finding.holds
    assert "the worst: customer-3 was served " in finding.sentence
    assert re.search(r" once settled, from \+\d\.\d{3} s on\.$", finding.sentence)
    assert "left no record" not in finding.sentence


def test_a_lab_that_no_customer_asks() -> None:
    history, step = carrier_loss().judged()
    alone = replace(history, topology=msgspec.structs.replace(history.topology, vantages={}))
    finding = checks.service_level(alone, step)
    assert finding.not_applicable
    assert finding.sentence == "No vantage point asks for any VIP."
