"""How long an open connection leaves a customer waiting."""

from dataclasses import replace

import numpy as np
import pytest

from harness import checks
from harness.model.requests import Stream
from harness.model.units import ms
from tests.histories import HistoryBuilder


def connected(until: float = 10.0) -> HistoryBuilder:
    """All arrivals are on keep-alive connections, customer-1's until then."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).requests(-2.0, 10.0, stream=Stream.connected)
    return story.requests(until, 10.0, "customer-1", stream=Stream.probe)


def test_answered_at_once() -> None:
    finding = checks.no_hang(*connected().judged())
    assert finding.holds
    assert "of customer-" in finding.sentence


@pytest.mark.parametrize("waited_ms, holds", [(4990, True), (5010, False)])
def test_bound(waited_ms: int, *, holds: bool) -> None:
    finding = checks.no_hang(*connected().requests(2.0, 2.005, "customer-1", done=waited_ms * ms).judged())
    assert finding.holds is holds
    assert finding.violated is not holds


def test_request_without_an_answer_waits_still() -> None:
    """A closed loop is silent only while it waits."""
    assert checks.no_hang(*connected(until=5.1).judged()).holds
    finding = checks.no_hang(*connected(until=4.9).judged())
    assert finding.violated
    assert "from +4.9" in finding.sentence


def test_hang_of_an_earlier_step_counts_from_the_effect() -> None:
    story = connected().requests(-0.5, -0.495, "customer-1", done=5400 * ms)
    assert checks.no_hang(*story.judged()).holds


def test_nobody_kept_a_connection_open() -> None:
    assert checks.no_hang(*HistoryBuilder().judged()).inconclusive


@pytest.mark.parametrize("until", [-0.01, -0.5])
def test_hang_that_began_before_the_watch_and_outlasts_it(until: float) -> None:
    """Its request has left no record yet, and no other of the watch has."""
    finding = checks.no_hang(*connected(until).judged())
    assert finding.violated
    assert finding.sentence == "A request of customer-1 waited for 10.000 s from +0.000 s on."


def test_stream_that_ended_long_before_is_no_hang() -> None:
    """A request gives up after 10.5 s, and leaves a record then."""
    history, step = connected(-0.5).judged()
    later = 9_990 * ms
    for waited, violated in ((0, True), (later, True), (later + 20 * ms, False)):
        requests = history.requests.copy()
        mine = (requests["stream"] == Stream.connected) & (requests["vantage"] == 1)
        requests["due"][mine] -= waited
        requests["done"][mine] -= waited
        order = np.argsort(requests["due"], kind="stable")
        finding = checks.no_hang(replace(history, requests=requests[order]), step)
        assert (finding.violated, finding.inconclusive) == (violated, not violated), waited


def test_one_vantage_point_that_kept_no_connection_open() -> None:
    """The others do not speak for it; what they accuse stands."""
    story = connected().requests(-2.0, 10.0, "customer-2", stream=Stream.probe)
    finding = checks.no_hang(*story.judged())
    assert finding.inconclusive
    assert finding.sentence == "Missing: keep-alive requests of customer-2."
    assert checks.no_hang(*story.requests(2.0, 2.005, "customer-1", done=5_010 * ms).judged()).violated
