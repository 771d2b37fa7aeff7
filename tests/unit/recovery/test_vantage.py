"""What each vantage point saw of a step."""

from dataclasses import replace

import numpy as np
import pytest

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.ops import Announce, FlushNeighbours
from harness.model.requests import DTYPE, Outcome, Stream
from harness.model.units import ms, s
from harness.recovery import vantage_outcomes
from harness.recovery.vantage import Served, bound, outages, served, served_before, unrecorded, waits_at_end
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, june_13, ns


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
        assert seen[vantage].first_good_s == pytest.approx(0.366)  # served by lb-ext-2 for a moment
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


@pytest.mark.parametrize("done, affected", [(4 * ms, True), (4 * ms - 1, False)])
def test_an_answer_at_the_very_first_effect_was_exposed(done: int, *, affected: bool) -> None:
    """Due 4 ms before, answered wrongly."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    story.requests(-0.005, 0.0, "customer-2", done=done, outcome=Outcome.http_error)
    assert vantage_outcomes(*story.judged())["customer-2"].affected is affected


@pytest.mark.parametrize("due, bad_seconds", [(-1.9, 0.4), (-0.154, 0.4), (-0.149, 0.549)])
def test_a_request_that_was_late_before_the_fault_is_no_part_of_its_outage(due: float, bad_seconds: float) -> None:
    """It hung since another trial, and its timeout ends after the first effect."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).dark(0.0, 0.4, "customer-2")
    story.requests(due - 0.0025, due + 0.0025, "customer-2", done=2 * s, outcome=Outcome.read_timeout)
    seen = vantage_outcomes(*story.judged())["customer-2"]
    assert seen.bad_seconds == pytest.approx(bad_seconds, abs=0.006)
    assert seen.recovery_s == pytest.approx(0.401, abs=0.006)
    assert seen.outages[0].begin_s == pytest.approx(min(0.0, due) if due > -0.15 else 0.0, abs=0.006)


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


def alone(story: HistoryBuilder, *answered: tuple[int, int]) -> tuple[History, Step]:
    """On the keep-alive connection customer-1 sent just these: (due, done), ns after the first effect at 0."""
    history, step = story.drop("trunk.a", 0.0, 0.8).judged()
    records = np.zeros(len(answered), DTYPE)
    records["due"], records["done"] = zip(*((ns(0) + due, ns(0) + done) for due, done in answered), strict=True)
    records["vantage"], records["stream"] = 1, Stream.connected
    return replace(history, requests=np.concatenate([records, history.requests])), step


@pytest.mark.parametrize(
    "done, hang_s",
    [
        (-1, 10.0),
        (-10_500 * ms, 10.0),  # 0.5 s to connect, 10 s to read: the next one has just not given up
        (-10_500 * ms - 1, None),
        (-60 * s, None),
    ],
)
def test_a_connection_without_a_record_in_the_watch_may_wait_all_the_time(done: int, hang_s: float | None) -> None:
    """Since shortly before it: a request that had given up would have left one."""
    seen = vantage_outcomes(*alone(HistoryBuilder(), (done - 2 * ms, done)))["customer-1"]
    assert seen.longest_hang_s == hang_s


def test_what_is_sent_after_the_step_keeps_no_connection_open_in_it() -> None:
    seen = vantage_outcomes(*alone(HistoryBuilder(), (11 * s, 12 * s)))["customer-1"]
    assert seen.longest_hang_s is None


@pytest.mark.parametrize(
    "answered, hang_s",
    [
        ([(1 * s, 4 * s)], 6.0),  # with one request it is unknown when the next was due: silent since its answer
        ([(1 * s, 8 * s)], 7.0),
        ([(1 * s, 1_001 * ms), (3 * s, 3_001 * ms)], 5.0),  # every 2 s: the third was due at 5 s, and waits
        ([(1 * s, 1_001 * ms), (3 * s, 6 * s)], 4.0),  # it was sent at 6 s at the earliest
        ([(-1 * s, 1 * s), (1 * s, 9 * s)], 8.0),
        ([(1 * s, 1_001 * ms), (9 * s, 9_900 * ms)], 0.9),
        ([(1 * s, 13 * s)], 9.0),  # answered in the next step
    ],
)
def test_the_longest_hang_is_of_the_slowest_or_of_the_one_that_is_still_out(
    answered: list[tuple[int, int]], hang_s: float
) -> None:
    assert vantage_outcomes(*alone(HistoryBuilder(), *answered))["customer-1"].longest_hang_s == hang_s


@pytest.mark.parametrize(
    "answered, since",
    [
        ([], 10 * s),  # nothing was ever sent
        ([(11 * s, 12 * s)], 10 * s),
        ([(10 * s, 12 * s)], 10 * s),  # sent as the watch ended
        ([(9 * s, 9_900 * ms)], 9_900 * ms),  # one alone does not tell when the next is due: at once
        ([(9 * s, 10 * s - 1)], 10 * s - 1),
        ([(9 * s, 10 * s)], 9 * s),  # answered as the watch ended: it waited until then
        ([(9 * s, 13 * s)], 9 * s),
        ([(-1 * s, 13 * s)], 0),  # since before the first effect
        ([(-2 * s, -1 * s)], 0),
        ([(1 * s, 1_001 * ms), (3 * s, 3_001 * ms)], 5 * s),  # every 2 s: the third was due at 5 s
        ([(1 * s, 1_001 * ms), (3 * s, 6 * s)], 6 * s),
        ([(1 * s, 1_001 * ms), (2 * s, 2_001 * ms), (6 * s, 6_001 * ms)], 8_500 * ms),  # every 2.5 s, as a rule
        ([(1 * s, 1_001 * ms), (6 * s, 6_001 * ms)], 10 * s),  # the next is due after the watch
    ],
)
def test_since_when_a_request_waits_that_has_no_answer_at_the_end(answered: list[tuple[int, int]], since: int) -> None:
    """Of the watch, which is from 0 to 10 s. Without one the interval is empty."""
    history, step = alone(HistoryBuilder(), *answered) if answered else HistoryBuilder().judged()
    wait = waits_at_end(history, step, "customer-1")
    assert (wait.begin - ns(0), wait.end) == (since, ns(10))


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
    """No node takes over: announced at once, the cache follows, served again."""
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
    assert [outages[18].begin_s, outages[-1].begin_s] == pytest.approx([2.701, 8.851])


@pytest.mark.parametrize("happened, told", [(0, 0), (1, 1), (18, 18), (19, 19), (20, 20), (21, 20), (22, 20)])
def test_up_to_twenty_outages_are_told(happened: int, told: int) -> None:
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    for number in range(happened):
        story.dark(number * 0.4, number * 0.4 + 0.005, "customer-1")
    seen = [outage.begin_s for outage in vantage_outcomes(*story.judged())["customer-1"].outages]
    assert len(set(seen)) == len(seen) == told
    assert not seen or seen[-1] == pytest.approx((happened - 1) * 0.4 + 0.001)


def test_outages_since_an_instant() -> None:
    """One that begins at that very instant is among them."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8)
    for begin in (1.0, 3.0, 5.0):
        story.dark(begin, begin + 0.5, "customer-1")
    history, step = story.judged()
    for since, begun in ((0, 3), (ns(3.001), 2), (ns(3.001) + 1, 1), (ns(6), 0)):
        found = outages(history, step, "customer-1", since)
        assert [outage.begin_s for outage in found] == pytest.approx([1.001, 3.001, 5.001][3 - begun :])


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
    assert Served(2, 3).share == 0.666667


@pytest.mark.parametrize(
    "good, of, least, met",
    [
        (0, 0, 0.999, False),  # without arrivals it is not met
        (1, 1, 0.999, True),
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


TENTHS = [0, 3, 4, 5, 8, 9, 10, 11, 14]  # of a second: when an arrival was due that has a record, and its number


@pytest.mark.parametrize(
    "begin, end, numbers, lost",
    [
        (3.5, 8.5, TENTHS, 2),  # 6 and 7, by their neighbours; not 1, 2, 12 and 13
        (3.0, 4.5, TENTHS, 2),  # those before 3 may have been due in it
        (3.5, 5.0, TENTHS, 0),
        (-9.0, 3.5, TENTHS, 2),  # 1 and 2; before the first none is missing
        (-9.0, -8.0, TENTHS, 0),
        (11.5, 14.5, TENTHS, 2),
        (15.0, 20.0, TENTHS, 5),  # silent since 14: one a tenth would have come
        (11.5, 16.0, TENTHS, 4),
        (14.5, 14.9, TENTHS, 0),
        (0.0, 9.0, [1, 2], 7),  # two are enough to tell how often they come
        (0.0, 9.0, [1, 3], 4),  # 2 is missing; the next were due at 5, 7 and 9
        (0.0, 9.0, [1], 0),
        (0.0, 9.0, [], 0),
    ],
)
def test_arrivals_without_a_record_are_counted_by_numbers_and_by_silence(
    begin: float, end: float, numbers: list[int], lost: int
) -> None:
    tenth = s // 10
    records = np.zeros(len(numbers), DTYPE)
    records["due"], records["sequence"], records["vantage"] = [number * tenth for number in numbers], numbers, 1
    history = replace(HistoryBuilder().build(), requests=records)
    assert unrecorded(history, "customer-1", Interval(round(begin * tenth), round(end * tenth))) == lost


def test_arrivals_all_at_once_come_at_no_rate() -> None:
    records = np.zeros(3, DTYPE)
    records["due"], records["sequence"], records["vantage"] = s, (1, 2, 4), 1
    assert unrecorded(replace(HistoryBuilder().build(), requests=records), "customer-1", Interval(0, 9 * s)) == 1
