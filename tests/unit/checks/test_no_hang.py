"""How long an open connection leaves a customer waiting."""

from dataclasses import replace

import msgspec
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
    assert not checks.no_hang(*connected(until=5.1).judged()).violated
    finding = checks.no_hang(*connected(until=4.9).judged())
    assert finding.violated
    assert "from +4.9" in finding.sentence


def test_hang_of_an_earlier_step_counts_from_the_effect() -> None:
    story = connected().requests(-0.5, -0.495, "customer-1", done=5400 * ms)
    assert checks.no_hang(*story.judged()).holds


def test_no_connection_was_kept_open() -> None:
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
    """The others do not replace it; a violation of theirs stands."""
    story = connected().requests(-2.0, 10.0, "customer-2", stream=Stream.probe)
    finding = checks.no_hang(*story.judged())
    assert finding.inconclusive
    assert finding.sentence == "Missing: keep-alive requests of customer-2."
    assert checks.no_hang(*story.requests(2.0, 2.005, "customer-1", done=5_010 * ms).judged()).violated


@pytest.mark.parametrize("later_ns, verdict", [(0, "holds"), (1, "violated")])
def test_five_seconds_are_allowed(later_ns: int, verdict: str) -> None:
    story = connected().requests(2.0, 2.005, "customer-1", done=5_000 * ms + later_ns)
    finding = checks.no_hang(*story.requests(3.0, 3.005, "customer-2", done=4_000 * ms).judged())
    assert finding.verdict == verdict
    if finding.holds:
        assert finding.sentence == "The longest wait was 5.000 s, of customer-1."


def test_all_that_waited_too_long_are_shown_and_the_longest_is_told() -> None:
    story = connected().requests(2.0, 2.005, "customer-1", done=5_100 * ms)
    story.requests(3.0, 3.005, "customer-2", done=5_500 * ms)
    finding = checks.no_hang(*story.judged())
    assert finding.violated
    assert finding.sentence.startswith("A request of customer-2 waited for 5.500 s from +3.0")
    assert [instant.what for instant in finding.instants] == ["customer-1 waits", "customer-2 waits"]


def test_a_pair_that_no_customer_asks() -> None:
    history, step = connected().judged()
    alone = replace(history, topology=msgspec.structs.replace(history.topology, vantages={}))
    assert checks.no_hang(alone, step).not_applicable


def test_a_vantage_point_that_was_not_connected_any_more() -> None:
    """Its stream ended long before the watch: nothing is known of it, and what the others saw stands."""
    history, step = connected(-0.5).judged()
    requests = history.requests.copy()
    mine = (requests["stream"] == Stream.connected) & (requests["vantage"] == 1)
    for field in ("due", "done"):
        requests[field][mine] -= 20_000 * ms
    finding = checks.no_hang(replace(history, requests=requests[np.argsort(requests["due"], kind="stable")]), step)
    assert finding.inconclusive
    assert finding.sentence == "customer-1 kept no connection open."


@pytest.mark.parametrize("until, verdict", [(9.1, "holds"), (8.9, "inconclusive"), (5.1, "inconclusive")])
def test_a_customer_who_still_waits_when_the_watch_ends(until: float, verdict: str) -> None:
    """What has not lasted for too long may still do so. An answer may take a second on a busy machine."""
    finding = checks.no_hang(*connected(until).judged())
    assert finding.verdict == verdict
    assert finding.sentence.endswith("When the watch ended, customer-1 still waited.") is finding.inconclusive


def test_a_request_that_ends_after_the_watch_waited_at_its_end() -> None:
    finding = checks.no_hang(*connected().requests(9.0, 9.005, "customer-2", done=900 * ms).judged())
    assert finding.holds
    story = connected(8.0).requests(7.995, 8.0, "customer-1", done=3_000 * ms)
    finding = checks.no_hang(*story.judged())
    assert finding.inconclusive
    assert finding.sentence.startswith("The longest wait was 2.0")


@pytest.mark.parametrize("waits_ns, verdict", [(1_000 * ms, "holds"), (1_000 * ms + 1, "inconclusive")])
def test_a_second_is_no_hang(waits_ns: int, verdict: str) -> None:
    """customer-1's last request of the watch is answered after it."""
    history, step = connected(8.0).judged()
    last = history.requests[(history.requests["stream"] == Stream.connected) & (history.requests["vantage"] == 1)][-1:]
    late = last.copy()
    late["due"], late["done"] = step.ends_ns - waits_ns, step.ends_ns + 1
    requests = np.concatenate([history.requests, late])
    whole = replace(history, requests=requests[np.argsort(requests["due"], kind="stable")])
    assert checks.no_hang(whole, step).verdict == verdict
