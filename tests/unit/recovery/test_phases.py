"""The phases of an outage: by which handover it ended, and when what followed was seen. To the nanosecond."""

from dataclasses import replace

import msgspec
import pytest

from harness.model.ops import Announce
from harness.model.outcome import OutageOutcome
from harness.model.requests import Outcome
from harness.model.units import ms
from harness.recovery import vantage_outcomes
from tests.histories import AFTER_S, LB1, LB2, HistoryBuilder, ns

TAKEN, GOOD_S = 0.36, 0.366
KNOWN = ns(0.368)  # the first good arrival, of 0.366 s, was answered


def outage(taken: float = TAKEN, lag_ns: int = 0) -> HistoryBuilder:
    """customer-1 is down from 0 to 0.366 s. lb-ext-2 has the VIP and serves it. Told besides: by each test."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).gives_up(LB1, 0.1).takes(LB2, taken, announces=False)
    story.dark(0.0, 0.363, "customer-1").served_by(LB2, 0.363, AFTER_S, "customer-1")
    story.lag_ns = lag_ns
    return story


def told(story: HistoryBuilder) -> OutageOutcome:
    (found,) = vantage_outcomes(*story.judged())["customer-1"].outages
    return found


def lengths(story: HistoryBuilder) -> tuple[float | None, ...]:
    """Of detection, announcement, convergence and service."""
    phases = told(story).phases
    assert phases is not None
    return phases.detection_s, phases.announcement_s, phases.convergence_s, phases.service_s


def at(story: HistoryBuilder, t: int) -> HistoryBuilder:
    """The event told last was at `t` instead."""
    story.events[-1] = msgspec.structs.replace(story.events[-1], t=t)
    return story


def test_each_phase_ends_with_what_was_seen() -> None:
    story = outage().announces(LB2, 0.362).caches(0.363, gw_1=LB2)
    assert lengths(story) == (0.36, 0.002, 0.001, 0.003)


@pytest.mark.parametrize("t, announcement_s", [(KNOWN, 0.006), (KNOWN + 1, None)])
def test_an_announcement_counts_until_the_first_answer(t: int, announcement_s: float | None) -> None:
    """It may be later than that answer's request: then it ends with the outage."""
    assert lengths(at(outage().announces(LB2, 1.0), t))[1] == announcement_s


def test_the_first_of_two_announcements_counts() -> None:
    assert lengths(outage().announces(LB2, 0.362).announces(LB2, 0.364))[1] == 0.002


def test_so_does_a_survivors_first() -> None:
    """lb-ext-2 took it while it was muted, and lb-ext-1 gives it up at 0.2 s: what was sent before did not arrive."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.3).takes(LB2, 0.1).gives_up(LB1, 0.2)
    for t in (0.15, 0.29, 0.3, 0.31):
        story.announces(LB2, t)
    story.dark(0.0, 0.363, "customer-1").served_by(LB2, 0.363, AFTER_S, "customer-1")
    assert told(story).handover == "survivor"
    assert lengths(story)[:2] == (0.2, 0.09)


def stale(until: float | None = GOOD_S - 0.003) -> HistoryBuilder:
    """customer-1 is down because gw-1 led to lb-ext-2, which never had the VIP. Until None: to the end."""
    story = HistoryBuilder().op(Announce("external"), 0.0).caches(-2.0, gw_1=LB2)
    return story.dark(-0.1, until or AFTER_S, "customer-1")


@pytest.mark.parametrize(
    "t, phases", [(ns(0.1), (None, 0.1, 0.1)), (KNOWN, (None, GOOD_S, 0.0)), (KNOWN + 1, (None, None, 0.2))]
)
def test_without_a_handover_the_owners_first_announcement_counts_until_the_first_answer(
    t: int, phases: tuple[float | None, ...]
) -> None:
    story = at(stale().caches(0.2, gw_1=LB1).announces(LB1, 1.0), t)
    for later in (0.369, 0.37, 0.371):
        story.announces(LB1, later)
    assert lengths(story)[:3] == phases


def test_of_two_announcements_without_a_handover_the_first_counts() -> None:
    story = stale().announces(LB1, 0.1).announces(LB1, 0.15).announces(LB1, 0.2).caches(0.3, gw_1=LB1)
    assert lengths(story)[:3] == (None, 0.1, 0.2)


def test_an_outage_that_does_not_end_is_that_of_where_the_cache_leads_now() -> None:
    """No node took the VIP; which node would have served is told by the cache."""
    story = stale(None).caches(0.2, gw_1=LB1).announces(LB1, 0.1)
    assert told(story).end_s is None
    assert lengths(story) == (None, 0.1, 0.1, None)


def test_a_cache_that_leads_nowhere_has_not_converged() -> None:
    story = stale(None).caches(0.2, gw_1=None)
    assert lengths(story) == (None, None, None, None)


@pytest.mark.parametrize(
    "t, lag_ns, convergence_s",
    [
        (KNOWN, 0, 0.006),
        (KNOWN + 1, 0, None),
        (KNOWN + 10 * ms, 10 * ms, 0.006),
        (KNOWN + 10 * ms + 1, 10 * ms, None),
    ],
)
def test_a_cache_counts_until_the_first_answer_or_as_late_as_it_may_have_been_read(
    t: int, lag_ns: int, convergence_s: float | None
) -> None:
    assert lengths(at(outage(lag_ns=lag_ns).caches(1.0, gw_1=LB2), t))[2] == convergence_s


def test_the_first_change_that_leads_to_the_node_is_its_convergence() -> None:
    """Read late: it is lost first, and then it has the new owner."""
    story = outage(lag_ns=10 * ms).caches(0.1, gw_1=LB2).caches(0.2, gw_1=LB1)
    story.caches(0.37, gw_1=None).caches(0.372, gw_1=LB2).caches(0.374, gw_1=LB1)
    assert lengths(story)[2] == 0.006
    assert lengths(outage(lag_ns=10 * ms).caches(0.1, gw_1=LB2).caches(0.2, gw_1=LB1))[2] is None


def test_an_address_is_read_later_than_its_announcement_was_sent() -> None:
    """The frame's stamp is the kernel's: it was taken by then."""
    story = outage(lag_ns=10 * ms).announces(LB2, 0.355).caches(0.357, gw_1=LB2)
    assert lengths(story) == (0.355, 0.0, 0.002, 0.009)


@pytest.mark.parametrize("t, handover", [(KNOWN + 10 * ms, "takeover"), (KNOWN + 10 * ms + 1, "")])
def test_an_address_that_is_read_after_the_answer_may_have_led_to_it(t: int, handover: str) -> None:
    story = outage(lag_ns=10 * ms)
    (taken,) = [n for n, event in enumerate(story.events) if event.t == ns(TAKEN)]
    story.events[taken] = msgspec.structs.replace(story.events[taken], t=t)
    assert told(story).handover == handover


def test_of_two_handovers_to_the_same_node_the_last_before_the_answer_ended_it() -> None:
    """lb-ext-2 takes the VIP and is muted; lb-ext-1 gives it up later, or at the very instant of the answer."""
    for gives_up in (0.364, 0.368):
        story = HistoryBuilder().drop("trunk.a", 0.0, None).takes(LB2, TAKEN).gives_up(LB1, gives_up)
        story.dark(0.0, 0.363, "customer-1").served_by(LB2, 0.363, AFTER_S, "customer-1")
        assert told(story).handover == "survivor", gives_up


def test_of_two_that_were_read_after_it_the_first() -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, None).takes(LB2, 0.37).gives_up(LB1, 0.372)
    story.dark(0.0, 0.363, "customer-1").served_by(LB2, 0.363, AFTER_S, "customer-1")
    story.lag_ns = 10 * ms
    assert told(story).handover == "takeover"


def test_a_handover_that_ended_one_outage_does_not_end_the_next() -> None:
    """The next begins 5 ms later, with one lost arrival: sooner than the observer may have been late."""
    story = outage(lag_ns=50 * ms).announces(LB2, 0.362).caches(0.363, gw_1=LB2).dark(0.37, 0.375, "customer-1")
    first, second = vantage_outcomes(*story.judged())["customer-1"].outages
    assert (first.handover, first.to, first.end_s) == ("takeover", LB2, 0.366)
    assert (second.handover, second.to, second.begin_s, second.end_s) == ("", None, 0.371, 0.376)


@pytest.mark.parametrize("before_ns, handover", [(0, "takeover"), (1, "")])
def test_a_handover_may_have_been_read_before_the_first_arrival_was_lost(before_ns: int, handover: str) -> None:
    """lb-ext-1 is back. The last good arrival was due at 2.996 s, so that the VIP went later, and less 10 ms of lag."""
    story = outage(lag_ns=10 * ms).gives_up(LB2, 2.9).takes(LB1, 2.986).dark(3.0, 3.1, "customer-1")
    story.served_by(LB1, 3.1, AFTER_S, "customer-1")
    (taken,) = [n for n, event in enumerate(story.events) if event.t == ns(2.986)]
    story.events[taken] = msgspec.structs.replace(story.events[taken], t=ns(2.986) - before_ns)
    assert vantage_outcomes(*story.judged())["customer-1"].outages[-1].handover == handover


def moved(lag_ns: int) -> HistoryBuilder:
    """The VIP stays. customer-3's cache was on lb-ext-2 and is led back by an announcement of the operator's."""
    story = HistoryBuilder().op(Announce("external"), 0.0).caches(-2.0, customer_3=LB2).dark(-1.0, 0.009, "customer-3")
    story.lag_ns = lag_ns
    return story


def without_handover(story: HistoryBuilder) -> tuple[float | None, ...]:
    history, step = story.judged()
    (seen,) = vantage_outcomes(history, replace(step, first=False))["customer-3"].outages
    assert (seen.handover, seen.to) == ("", None)
    phases = seen.phases
    return (phases.announcement_s, phases.convergence_s, phases.service_s) if phases else ()


@pytest.mark.parametrize("lag_ns", [0, 10 * ms])
def test_a_cache_that_moves_has_phases_without_a_handover(lag_ns: int) -> None:
    """The VIP moved within the outage, although the eye may have read that late."""
    story = moved(lag_ns).announces(LB1, 0.001).announces(LB1, 0.0015).caches(0.002, customer_3=LB1)
    assert without_handover(story) == (0.001, 0.001, 0.009)


def test_the_node_that_answered_counts_more_than_what_the_cache_was_read_to_say() -> None:
    """The answer came at 0.013 s from lb-ext-1; that the cache leads there was read 2 ms later."""
    story = moved(10 * ms).announces(LB1, 0.001).caches(0.015, customer_3=LB1)
    assert without_handover(story) == (0.001, 0.01, 0.0)


@pytest.mark.parametrize("t, announcement_s", [(ns(0.013), 0.011), (ns(0.013) + 1, None)])
def test_so_has_its_announcement_until_the_first_answer(t: int, announcement_s: float | None) -> None:
    """Which came at 0.013 s."""
    assert without_handover(at(moved(0).caches(0.002, customer_3=LB1).announces(LB1, 1), t))[0] == announcement_s


@pytest.mark.parametrize("leads, convergence_s", [(LB1, 0.002), (None, None)])
def test_if_the_answer_does_not_say_whose_it_is_the_cache_does(leads: str | None, convergence_s: float | None) -> None:
    """It had no entry, and without one it reaches no node."""
    story = moved(0).caches(0.002, customer_3=leads).requests(0.009, AFTER_S, "customer-3", balancer=0)
    assert without_handover(story)[1] == convergence_s


def test_a_cache_that_had_moved_while_an_arrival_was_in_flight_has_moved() -> None:
    """It was due 4 ms before the act and waits in vain; the cache was led back after that, and before the act."""
    story = HistoryBuilder().op(Announce("external"), 0.0).caches(-2.0, customer_3=LB2).caches(-0.002, customer_3=LB1)
    story.requests(-0.005, 0.0, "customer-3", done=500 * ms, outcome=Outcome.read_timeout)
    story.lag_ns = 0
    assert without_handover(story) == (None, 0.0, 0.001)
    assert without_handover(story.caches(-0.006, customer_3=LB1)) == ()


def test_what_follows_the_end_of_the_watch_is_no_phase() -> None:
    """customer-1 is never served again. Its cache finds the new owner as the step ends, or 5 ms later (the lag)."""
    story = outage(lag_ns=10 * ms).dark(0.0, AFTER_S, "customer-1").announces(LB2, AFTER_S + 0.001)
    for t in (AFTER_S, AFTER_S + 0.005):
        assert lengths(story.caches(t, gw_1=LB2)) == (0.36, None, None, None)
