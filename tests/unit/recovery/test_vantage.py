"""What each vantage point saw of a step."""

from dataclasses import replace

import pytest

from harness.history.timeline import Interval
from harness.model.ops import Announce, FlushNeighbours
from harness.model.requests import Stream
from harness.model.units import ms, s
from harness.recovery import vantage_outcomes
from harness.recovery.vantage import Served, bound, served, served_before, unrecorded
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13


def test_june_13() -> None:
    """One third is served as if nothing had happened, two thirds never again."""
    history, step = june_13().judged()
    seen = vantage_outcomes(history, step)
    assert seen["customer-1"].success == 1.0
    assert (seen["customer-1"].affected, seen["customer-1"].recovery_s) == (False, 0.0)
    assert (seen["customer-1"].state, seen["customer-1"].served) == ("unaffected", True)
    for vantage in ("customer-2", "customer-3"):
        assert seen[vantage].success == 0.0
        assert (seen[vantage].state, seen[vantage].served) == ("down", False)
        assert seen[vantage].recovery_s is None
        assert seen[vantage].recovery_from_heal_s is None
        assert seen[vantage].first_good_s == pytest.approx(0.366)  # the false dawn behind lb-ext-2
        assert seen[vantage].relapses == 0


def test_failover() -> None:
    seen = vantage_outcomes(*carrier_loss().judged())["customer-1"]
    assert seen.state == "recovered"
    assert seen.recovery_s == pytest.approx(0.366)
    assert seen.recovery_from_heal_s == 0.0  # over before the link was back
    assert seen.bad_seconds == pytest.approx(0.365)
    assert seen.failed_requests == 73


def test_phases_add_up_to_recovery() -> None:
    phases = vantage_outcomes(*carrier_loss().judged())["customer-2"].phases
    assert phases is not None
    assert phases.detection_s == pytest.approx(0.36)
    assert phases.announcement_s == pytest.approx(0.002)
    assert phases.convergence_s == pytest.approx(0.001)
    assert phases.service_s == pytest.approx(0.003)


def test_phase_that_never_came() -> None:
    story = HistoryBuilder().gives_up(LB1, 0.0).takes(LB2, 0.4, announces=False).dark(0.0, 10.0)
    phases = vantage_outcomes(*story.judged())["customer-1"].phases
    assert phases is not None
    assert phases.announcement_s is phases.convergence_s is phases.service_s is None


def test_recovery_from_the_heal() -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).dark(0.0, 3.8, "customer-2")
    seen = vantage_outcomes(*story.judged())["customer-2"]
    assert seen.recovery_s == pytest.approx(3.801)
    assert seen.recovery_from_heal_s == pytest.approx(3.001)


def test_mitigation_is_timed_from_the_act() -> None:
    """It finds an outage; arrivals still in flight belong to it, those answered badly before do not."""
    story = HistoryBuilder().op(Announce("external"), 0.0).dark(-1.0, 0.12, "customer-3")
    history, step = story.judged()
    seen = vantage_outcomes(history, replace(step, first=False))["customer-3"]
    assert seen.recovery_s == pytest.approx(0.121)
    assert seen.failed_requests == 124  # due from 0.5 s before the act on: each waits 0.5 s


def test_arrival_in_flight_is_exposed() -> None:
    """Due 3 ms before the effect, answered never."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).requests(-0.005, 0.0, "customer-2", done=400 * ms)
    seen = vantage_outcomes(*story.judged())["customer-2"]
    assert seen.affected
    assert seen.recovery_s == pytest.approx(0.001)


def test_success_is_counted_in_the_settled_part() -> None:
    """From heal + 2 s to the end less the read timeout of 2 s."""
    quiet = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    for dark, expected in (((0.0, 2.8), 1.0), ((8.0, 10.0), 1.0), ((2.8, 5.4), 0.5)):
        assert vantage_outcomes(*quiet.judged())["customer-1"].success == 1.0
        story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).dark(*dark, "customer-1")
        assert vantage_outcomes(*story.judged())["customer-1"].success == pytest.approx(expected, abs=0.01)


def test_short_watch_counts_its_later_half() -> None:
    story = HistoryBuilder(watch_s=2.0).op(FlushNeighbours("gw-1"), 0.0).dark(0.0, 1.0)
    assert vantage_outcomes(*story.judged())["customer-1"].success == 1.0


def test_longest_hang_is_the_keep_alive_streams() -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    assert vantage_outcomes(*story.judged())["customer-1"].longest_hang_s is None
    story.requests(-1.0, 10.0, "customer-1", stream=Stream.connected)
    assert vantage_outcomes(*story.judged())["customer-1"].longest_hang_s == pytest.approx(0.002)
    story.requests(4.0, 4.005, "customer-1", done=1900 * ms)
    assert vantage_outcomes(*story.judged())["customer-1"].longest_hang_s == pytest.approx(1.9)


def test_hang_is_counted_within_the_watch() -> None:
    """What an earlier step left hanging counts from this step's effect on; silence at the end hangs still."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    story.requests(-1.0, 7.0, "customer-1", stream=Stream.connected)
    story.requests(-0.5, -0.495, "customer-1", done=1500 * ms)
    assert vantage_outcomes(*story.judged())["customer-1"].longest_hang_s == pytest.approx(3.0, abs=0.01)
    story.requests(7.0, 10.0, "customer-1", stream=Stream.connected)
    assert vantage_outcomes(*story.judged())["customer-1"].longest_hang_s == pytest.approx(1.0, abs=0.01)


def test_failback_is_an_outage_of_its_own() -> None:
    """The first ends with lb-ext-2's takeover, the second with lb-ext-1's; each with its own phases."""
    story = carrier_loss().dark(1.161, 1.166, "customer-1")
    story.lag_ns = 5 * ms  # the address was read 1 ms before the first arrival that was lost was due
    first, second = vantage_outcomes(*story.judged())["customer-1"].outages
    assert (first.handover, first.to) == ("takeover", LB2)
    assert first.end_s == pytest.approx(0.366)
    assert (second.handover, second.to) == ("takeover", LB1)
    assert second.end_s is not None
    assert second.end_s - second.begin_s == pytest.approx(0.005)
    for outage in (first, second):
        assert outage.phases is not None
        assert outage.phases.service_s is not None


def test_phases_are_those_of_the_handover_that_ended_the_outage() -> None:
    """customer-2's cache follows lb-ext-2 for a moment; the outage ends with the survivor's late announcement."""
    story = june_13().announces(LB1, 4.0).caches(4.001, gw_2=LB1).served_by(LB1, 4.003, 10.0, "customer-2")
    story.requests(4.003, 10.0, "customer-2", outcome=0, done=2 * ms)
    outage = vantage_outcomes(*story.judged())["customer-2"].outages[-1]
    assert (outage.handover, outage.to) == ("survivor", LB1)
    assert outage.phases is not None
    assert outage.phases.announcement_s == pytest.approx(3.4)
    assert outage.phases.convergence_s == pytest.approx(0.001)


def test_survivor_that_is_silent_ends_no_outage() -> None:
    outage = vantage_outcomes(*june_13().judged())["customer-2"].outages[-1]
    assert (outage.end_s, outage.handover, outage.to) == (None, "survivor", LB1)
    assert outage.phases is not None
    assert outage.phases.detection_s == pytest.approx(0.6)
    assert outage.phases.announcement_s is outage.phases.convergence_s is outage.phases.service_s is None


def test_cut_that_moved_nothing_has_no_phases() -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).dark(0.0, 0.8, "customer-2")
    (outage,) = vantage_outcomes(*story.judged())["customer-2"].outages
    assert (outage.handover, outage.to, outage.phases) == ("", None, None)


def test_mitigation_is_split_too() -> None:
    """Nobody takes over: announced at once, the cache follows, served again."""
    story = HistoryBuilder().op(Announce("external"), 0.0).caches(-2.0, customer_3=LB2)
    story.announces(LB1, 0.001).caches(0.002, customer_3=LB1).dark(-1.0, 0.004, "customer-3")
    history, step = story.judged()
    phases = vantage_outcomes(history, replace(step, first=False))["customer-3"].phases
    assert phases is not None
    assert phases.detection_s is None
    assert phases.announcement_s == pytest.approx(0.001)
    assert phases.convergence_s == pytest.approx(0.001)


def test_flapping_keeps_the_first_outages_and_the_last() -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    for number in range(60):
        story.dark(number * 0.15, number * 0.15 + 0.005, "customer-1")
    outages = vantage_outcomes(*story.judged())["customer-1"].outages
    assert len(outages) == 20
    assert outages[-1].begin_s == pytest.approx(8.851, abs=0.01)


def test_nothing_sent() -> None:
    history, step = HistoryBuilder().judged()
    seen = vantage_outcomes(replace(history, requests=history.requests[:0]), step)["customer-1"]
    assert (seen.success, seen.recovery_s, seen.recovery_from_heal_s, seen.first_good_s) == (None, None, None, None)
    assert (seen.state, seen.served) == ("no arrivals", None)


def test_what_good_means_is_a_parameter() -> None:
    history, step = HistoryBuilder().requests(4.0, 5.0, "customer-1", done=200 * ms).judged()
    assert vantage_outcomes(history, step)["customer-1"].affected
    assert not vantage_outcomes(history, step, good_within_ns=200 * ms)["customer-1"].affected


def test_served() -> None:
    history, step = june_13().judged()
    assert served(history, "customer-2", step.measured).share == 0.0
    assert Served(0, 0).share is None


@pytest.mark.parametrize(
    "good, of, least, met",
    [
        (0, 0, 0.999, False),  # of none, nothing is met
        (19, 19, 0.999, True),
        (18, 19, 0.999, False),
        (19, 20, 0.999, True),
        (18, 20, 0.999, False),
        (199, 200, 0.999, True),
        (198, 200, 0.999, False),
        (1998, 2000, 0.999, True),
        (1997, 2000, 0.999, False),
        (990, 1000, 0.99, True),
        (989, 1000, 0.99, False),
    ],
)
def test_the_bound_that_is_printed_is_the_one_that_is_applied(good: int, of: int, least: float, *, met: bool) -> None:
    assert Served(good, of).meets(least) is met
    assert bound(0.999) == "99.9%, or all but one of 20 to 1,000 arrivals"
    assert bound(0.99) == "99.0%, or all but one of 20 to 100 arrivals"


def test_served_before_looks_back_for_long_enough_to_tell() -> None:
    """20 probes of 10 a second, of which one was bad 1.4 s before the fault. At 200 a second that was too early."""
    bad = HistoryBuilder().drop("trunk.a", 0.0, 0.8).dark(-1.4, -1.37)
    history, step = bad.judged()
    assert served_before(history, step, "customer-1") == Served(200, 200)
    few = replace(history, requests=history.requests[history.requests["sequence"] % 20 == 2])
    assert served_before(few, step, "customer-1") == Served(18, 19)


def test_unrecorded() -> None:
    """Within the window, on its edges, and after the last record that there is."""
    history, step = HistoryBuilder().judged()
    window = Interval(step.began_ns, step.ends_ns)
    assert unrecorded(history, "customer-1", window) == 0
    for begin, end, lost in ((1.0, 1.1, 20), (-2.0, -0.9, 0), (-1.5, -0.9, 120), (9.0, 10.0, 200)):
        due = history.requests["due"]
        kept = (due < step.began_ns + (begin + 1) * s) | (due >= step.began_ns + (end + 1) * s)
        holed = replace(history, requests=history.requests[kept])
        assert unrecorded(holed, "customer-1", window) == pytest.approx(lost, abs=1), (begin, end)
    assert unrecorded(replace(history, requests=history.requests[:0]), "customer-1", window) == 0
