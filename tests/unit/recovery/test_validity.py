"""Only our own instruments, and the state before the fault, make a step invalid."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from harness.history import History, Step
from harness.history.history import Requests
from harness.model.client import PLANS, number_of
from harness.model.events import (
    AddressChanged,
    AgentStarted,
    AnyEvent,
    ArpSeen,
    EventsLost,
    Lag,
    Marked,
    MarkerSeen,
    NeighbourChanged,
    OpApplied,
    OpReleased,
    PortShut,
)
from harness.model.ops import (
    Announce,
    AnyOp,
    Corrupt,
    Delay,
    Drop,
    DropGarp,
    DropVrrp,
    ForceOpen,
    IgnoreChanges,
    LinkDown,
    Lose,
    OpenLate,
    Signal,
)
from harness.model.requests import DTYPE, Outcome, Stream
from harness.model.stop_condition import STOPPED
from harness.model.units import ms, s
from harness.recovery import invalid_because
from tests.histories import LB1, LB2, VIP, HistoryBuilder, carrier_loss, june_13, ns, numbered
from tests.shapes import SECOND_VIP, several_vips


def quiet() -> HistoryBuilder:
    return HistoryBuilder().drop("trunk.a", 0.0, 0.8)


LET_GO = OpReleased(ns(3), 1, 0, LinkDown("gw-1.external"), ns(3), ns(3), "lease lost")
UNDONE = OpReleased(ns(3), 1, 0, LinkDown("gw-1.external"), ns(3), ns(3), "undo")


@pytest.mark.parametrize("story", [HistoryBuilder, june_13, carrier_loss, quiet])
def test_outages_are_results(story: type[HistoryBuilder]) -> None:
    assert invalid_because(*story().judged()) == ()


@pytest.mark.parametrize(
    "story, reason",
    [
        pytest.param(quiet().takes(LB2, -0.5), "2 owners", id="two owners before"),
        pytest.param(quiet().gives_up(LB1, -0.5), "0 owners", id="no owner before"),
        pytest.param(quiet().caches(-0.5, gw_2=LB2), "gw-2 did not reach lb-ext-1", id="stale before"),
        pytest.param(
            quiet().dark(-0.9, -0.8, "customer-2"), "customer-2 was served 180 times of 200", id="dark before"
        ),
        pytest.param(quiet().requests(4.0, 4.2, "customer-1", sent=30 * ms), "were late by more than 25", id="late"),
        pytest.param(quiet().requests(4.0, 4.005, "customer-1", sent=501 * ms), "late by 0.50 s", id="one very late"),
        pytest.param(quiet().requests(4.0, 4.005, "customer-1", outcome=Outcome.local), "our own side", id="own side"),
        pytest.param(quiet().requests(4.0, 4.005, "customer-1", outcome=Outcome.dropped), "own side", id="dropped"),
        pytest.param(
            quiet().event(LET_GO),
            "missed its heartbeats, and the agent undid: link down gw-1.external",
            id="lease lost",
        ),
        pytest.param(quiet().event(UNDONE), "Another client undid: link down gw-1.external", id="undone by another"),
        pytest.param(
            quiet().event(UNDONE).event(Marked(ns(2.9), STOPPED, 0)), "Another client undid", id="undone after a stop"
        ),
        pytest.param(quiet().event(EventsLost(ns(3), "eye", 7)), "eye lost 7 events", id="events lost"),
        pytest.param(quiet().event(PortShut(ns(3), "trunk.a", 1000)), "guard shut trunk.a", id="port shut"),
        pytest.param(quiet().event(AgentStarted(ns(3), "hand", "b", 0)), "agent hand restarted", id="restart"),
        pytest.param(quiet().op(Drop("trunk.b", "egress"), 0.1, error="no such"), "failed: no such", id="failed op"),
    ],
)
def test_invalid(story: HistoryBuilder, reason: str) -> None:
    reasons = invalid_because(*story.judged())
    assert len(reasons) == 1
    assert reason in reasons[0]


def applied(t: float, holder: str, port: str, error: str = "") -> OpApplied:
    return OpApplied(ns(t), 9, 0, LinkDown(port), ns(t), ns(t), error, holder=holder)


def test_faults_of_two_clients_test_neither() -> None:
    """A colleague tries something in the same lab, at another target: the lease allows it."""
    both = quiet().event(applied(0.2, "here:1", "gw-1.external")).event(applied(0.4, "there:2", "gw-2.external"))
    (reason,) = invalid_because(*both.judged())
    assert reason == (
        "More than one client injected faults: here:1: link down gw-1.external; there:2: link down gw-2.external."
    )


@pytest.mark.parametrize(
    "other",
    [
        applied(0.4, "here:1", "gw-2.external"),
        applied(0.4, "", "gw-2.external"),
        applied(-9, "there:2", "gw-2.external"),
    ],
    ids=["the same client", "an older recording", "before the trial, and released"],
)
def test_one_client_alone_is_a_result(other: OpApplied) -> None:
    released = OpReleased(other.t + ms, 9, 0, other.op, other.t, other.t)
    alone = quiet().event(applied(0.2, "here:1", "gw-1.external")).event(other).event(released)
    assert invalid_because(*alone.judged()) == ()


OWN = "here:7"
ACT = Announce("external")
MINE, THERE = number_of(OWN) * PLANS, number_of("there:7") * PLANS


@pytest.mark.parametrize(
    "plan, holder, op, words",
    [
        (MINE, OWN, LinkDown("gw-1.external"), []),
        (MINE + 1, "", ACT, []),
        (THERE, "", ACT, ["Another client did: announce external."]),
        (THERE, "there:8", LinkDown("gw-2.external"), ["Another client did: link down gw-2.external."]),
        (MINE, "there:7", LinkDown("gw-2.external"), ["Another client did: link down gw-2.external."]),
    ],
)
def test_what_another_client_did_is_no_result(plan: int, holder: str, op: AnyOp, words: list[str]) -> None:
    """Also if the trial itself does nothing: a colleague's fault would be the pair's failure, a cure its merit."""
    story = HistoryBuilder().event(Marked(ns(-1.5), "trial_begin", 0, OWN))
    story.event(OpApplied(ns(0.2), plan, 0, op, ns(0.2), ns(0.2), holder=holder))
    assert [*invalid_because(*story.judged())] == words


def test_what_a_stop_condition_undid_is_a_result() -> None:
    assert invalid_because(*quiet().event(UNDONE).event(Marked(ns(3.01), STOPPED, 0)).judged()) == ()


@pytest.mark.parametrize("after_ns, words", [(0, []), (-1, ["0 owners"])])
def test_what_changes_with_the_first_effect_is_a_result(after_ns: int, words: list[str]) -> None:
    """The owner goes at that very instant, or 1 ns before."""
    story = quiet().event(AddressChanged(ns(0) + after_ns, LB1, VIP, "lan0", present=False))
    reasons = invalid_because(*story.judged())
    assert len(reasons) == len(words)
    assert all(word in reason for reason, word in zip(reasons, words, strict=True))


@pytest.mark.parametrize("after_ns, words", [(0, []), (-1, ["gw-2 did not reach lb-ext-1"])])
def test_so_does_what_a_cache_knows(after_ns: int, words: list[str]) -> None:
    story = quiet().caches(0, gw_2=LB2)
    story.events[-1] = msgspec.structs.replace(story.events[-1], t=ns(0) + after_ns)
    reasons = invalid_because(*story.judged())
    assert len(reasons) == len(words)
    assert all(word in reason for reason, word in zip(reasons, words, strict=True))


@pytest.mark.parametrize(
    "device, vip, leads, stray",
    [
        ("gw-1", SECOND_VIP, None, False),  # customer-1 asks for the first: this entry is never needed
        ("gw-1", SECOND_VIP, LB1, False),
        ("gw-1", SECOND_VIP, LB2, True),  # but if there is one it tells where the VIP was
        ("gw-1", VIP, None, True),
        ("gw-1", VIP, LB2, True),
    ],
)
def test_an_entry_that_is_not_needed_may_be_missing(device: str, vip: str, leads: str | None, *, stray: bool) -> None:
    story = HistoryBuilder(shape=several_vips()).drop("trunk.a", 0.0, 0.8)
    story.event(NeighbourChanged(ns(-0.5), device, vip, story.mac(leads) if leads else None, 2))
    reasons = invalid_because(*story.judged())
    assert len(reasons) == stray
    assert all(device in reason and "did not reach lb-ext-1" in reason for reason in reasons)


def begun(late_ns: int, release_late_ns: int, asked_s: float = 0.8) -> HistoryBuilder:
    """A link without carrier for so long, each call so much after its deadline."""
    story, op = HistoryBuilder(), LinkDown("gw-1.external")
    story.event(OpApplied(ns(0) + late_ns, 9, 0, op, asked_ns=ns(0), begun_ns=ns(0) + late_ns - 1))
    end = ns(asked_s) + release_late_ns
    return story.event(OpReleased(end, 9, 0, op, asked_ns=ns(asked_s), begun_ns=end - 1))


def test_a_fault_that_was_held_for_another_time_is_another_fault() -> None:
    """Both late by the same is the fault that was asked for, a little later."""
    assert invalid_because(*begun(50 * ms, 30 * ms).judged()) == ()
    late, reason = invalid_because(*begun(1_200 * ms, 400 * ms + 100_000).judged())
    assert late == "The op link down gw-1.external began 1.200 s late."
    assert reason == "The op link down gw-1.external was held for 0.000 s instead of 0.800 s."
    assert "was held for 0.851 s" in invalid_because(*begun(0, 51 * ms).judged())[0]


@pytest.mark.parametrize("asked_s, tolerated_ns", [(0.8, 50 * ms), (1.0, 50 * ms), (2.0, 100 * ms), (6.0, 300 * ms)])
def test_a_fault_may_last_longer_or_shorter_by_50_ms_or_5_percent(asked_s: float, tolerated_ns: int) -> None:
    """Whichever is more."""
    for tolerated in (tolerated_ns, -tolerated_ns):
        assert invalid_because(*begun(0, tolerated, asked_s).judged()) == ()
        too_far = tolerated + (1 if tolerated > 0 else -1)
        (reason,) = invalid_because(*begun(0, too_far, asked_s).judged())
        assert reason.startswith("The op link down gw-1.external was held for")


def test_an_op_that_was_undone_has_no_length_asked_for() -> None:
    """By a stop condition. The undo waited for its lane for 0.2 s."""
    story = begun(0, 200 * ms)
    story.events[-1] = msgspec.structs.replace(story.events[-1], why="undo")
    story.event(Marked(story.events[-1].t, STOPPED, 0))
    assert invalid_because(*story.judged()) == ()


def test_a_fault_may_begin_50_ms_late() -> None:
    assert invalid_because(*begun(50 * ms + 1, 50 * ms + 1).judged()) == ()
    assert len(invalid_because(*begun(50 * ms + 2, 50 * ms + 2).judged())) == 1


@pytest.mark.parametrize("late_ns", [60 * ms, 700 * ms, 1_150 * ms])
def test_a_fault_that_began_late_is_another_fault(late_ns: int) -> None:
    """In another phase of the adverts, and apart from what another agent did at the same time."""
    (reason,) = invalid_because(*begun(late_ns, late_ns).judged())
    assert reason == f"The op link down gw-1.external began {late_ns / s:.3f} s late."


def test_an_act_has_no_deadline_unless_it_is_part_of_a_fault() -> None:
    """It waits for its lane and for what it looks up first: a database that is stuck answers late."""
    act = OpApplied(ns(1.7), 9, 0, Announce("external"), asked_ns=ns(1), begun_ns=ns(1.6))
    assert invalid_because(*HistoryBuilder().event(act).judged()) == ()
    (reason,) = invalid_because(*begun(0, 0).event(act).judged())
    assert reason == "The op announce external began 0.600 s late."


@pytest.mark.parametrize("lag_ns", [251 * ms, 490 * ms, 510 * ms, 2 * s])
def test_observer_that_lags(lag_ns: int) -> None:
    """However late the observer was, with and without announcements."""
    (reason,) = invalid_because(*june_13().event(Lag(ns(3), "eye", lag_ns)).judged())
    assert reason == f"The observer read up to {lag_ns / s:.2f} s late."


def test_lag_within_tolerance_or_outside_the_step() -> None:
    for t, lag_ns in ((3, 250 * ms), (-1.5, 2 * s), (10.9, 2 * s)):
        assert invalid_because(*june_13().event(Lag(ns(t), "eye", lag_ns)).judged()) == ()
    story = june_13()
    story.lag_ns = None
    late_at_the_end = story.event(Lag(ns(5), "eye", 0)).event(Lag(ns(10.2), "eye", 251 * ms))
    assert len(invalid_because(*late_at_the_end.judged())) == 1


def test_a_hole_in_an_agents_record() -> None:
    history, step = june_13().judged()
    whole = numbered(history)
    assert invalid_because(whole, step) == ()
    left = (event for event in whole.events if not (event.told_by == "eye" and ns(2) < event.t < ns(2.2)))
    holed = replace(whole, events=tuple(left))
    assert "agent eye has a hole, from +2.000 s on" in invalid_because(holed, step)[0]


def test_lines_that_cannot_be_read() -> None:
    history, step = june_13().judged()
    assert invalid_because(replace(history, unread={"torn line": 1, "unknown event 'tea'": 3}), step) == ()
    assert invalid_because(replace(history, unread={"unreadable: Invalid value 'x'": 0}), step) == ()
    (reason,) = invalid_because(replace(history, unread={"unreadable: Invalid value 'x' - at `$.op`": 2}), step)
    assert reason == "The record has 2 lines that cannot be read: Invalid value 'x' - at `$.op`."


def test_late_within_tolerance() -> None:
    """Up to 1 % may be late by more than 5/λ; a short delay is none."""
    assert invalid_because(*quiet().requests(4.0, 4.1, "customer-1", sent=30 * ms).judged()) == ()
    assert invalid_because(*quiet().requests(4.0, 9.0, "customer-1", sent=25 * ms).judged()) == ()


@pytest.mark.parametrize(
    "stream, hz, bound_ns, tolerated",
    [
        (Stream.background, 400, 25 * ms, 44),  # 1 % of 4,400 in 11 s
        (Stream.background, 200, 25 * ms, 22),
        (Stream.background, 20, 250 * ms, 2),  # five intervals are more than 25 ms
        (Stream.background, 10, 500 * ms, 1),  # one is always allowed
        (Stream.health, 1, 500 * ms, 1),
    ],
)
def test_so_late_may_one_in_a_hundred_be(stream: Stream, hz: int, bound_ns: int, tolerated: int) -> None:
    """More than 5/λ, and more than 25 ms, is late; a longer delay than half a second is none of the tolerated."""
    history, step = asking(stream, hz)
    (chosen,) = np.nonzero((history.requests["stream"] == stream) & (history.requests["due"] >= step.began_ns))

    def delayed(many: int, by_ns: int) -> tuple[str, ...]:
        requests = history.requests.copy()
        requests["sent"][chosen[:many]] = requests["due"][chosen[:many]] + by_ns
        return invalid_because(replace(history, requests=requests), step)

    assert delayed(len(chosen), min(bound_ns, 500 * ms)) == ()
    if bound_ns < 500 * ms:
        assert delayed(tolerated, bound_ns + 1) == ()
        assert "were late by more than" in delayed(tolerated + 1, bound_ns + 1)[0]
    assert delayed(tolerated, 500 * ms) == ()
    assert delayed(tolerated, 500 * ms + 1) == (f"An arrival of customer-1 ({stream.name}) was late by 0.50 s.",)


@pytest.mark.parametrize("many, reasons", [(0, 0), (1, 0), (2, 1)])
def test_two_are_the_fewest_that_have_a_rate_to_be_late_for(many: int, reasons: int) -> None:
    history, step = asking(Stream.background, 1, sent=6 * s)
    (theirs,) = np.nonzero(history.requests["stream"] == Stream.background)
    fewer = replace(history, requests=np.delete(history.requests, theirs[: len(theirs) - many]))
    found = invalid_because(fewer, step)
    assert len(found) == reasons
    assert all("100.0% of customer-1 (background)'s arrivals were late" in reason for reason in found)


@pytest.mark.parametrize("silence_ns, reasons", [(1 * s, 0), (1 * s + 1, 3)])
def test_a_second_without_a_record_may_be_the_last(silence_ns: int, reasons: int) -> None:
    history, step = quiet().judged()
    last = int(history.requests["due"][-1])
    assert len(invalid_because(history, replace(step, ends_ns=last + silence_ns))) == reasons


def test_missing_records() -> None:
    history, step = quiet().judged()
    fewer = replace(history, requests=history.requests[(history.requests["sequence"] % 500) != 3])
    assert "arrivals of customer-1 left no record" in invalid_because(fewer, step)[0]


def test_load_that_died() -> None:
    history, step = quiet().judged()
    requests = history.requests
    fewer = replace(history, requests=requests[(requests["vantage"] != 3) | (requests["due"] < ns(8.9))])
    assert invalid_because(fewer, step) == ("The last 1.1 s of customer-3's arrivals left no record.",)


def asking(stream: Stream, hz: int, **fields: int) -> tuple[History, Step]:
    """customer-1 sends on a stream besides its probes, answered after 2 ms unless told otherwise."""
    history, step = quiet().judged()
    records = np.zeros((ns(10) - ns(-2)) * hz // s, DTYPE)
    records["due"] = ns(-2) + np.arange(len(records)) * (s // hz)
    records["sent"], records["done"] = records["due"] + fields.pop("sent", 0), records["due"] + 2 * ms
    records["sequence"], records["vantage"], records["stream"] = np.arange(len(records)), 1, stream
    for name, value in fields.items():
        records[name] = value
    return replace(history, requests=sorted_by_due(np.concatenate([history.requests, records]))), step


def sorted_by_due(records: Requests) -> Requests:
    return records[np.argsort(records["due"], kind="stable")]


def without(history: History, stream: Stream, begin: float, end: float) -> History:
    """No record of what was due on that stream in [begin, end)."""
    r = history.requests
    gone = (r["stream"] == stream) & (r["due"] >= ns(begin)) & (r["due"] < ns(end))
    return replace(history, requests=r[~gone])


STREAMS = [(Stream.background, 33), (Stream.health, 1), (Stream.connected, 20)]


@pytest.mark.parametrize("stream, hz", STREAMS)
@pytest.mark.parametrize("ours", [Outcome.local, Outcome.dropped])
def test_our_own_failure_on_any_stream(stream: Stream, hz: int, ours: Outcome) -> None:
    assert invalid_because(*asking(stream, hz)) == ()
    (reason,) = invalid_because(*asking(stream, hz, outcome=ours))
    assert f"arrivals of customer-1 ({stream.name}) failed on our own side" in reason


@pytest.mark.parametrize("stream, hz", STREAMS)
def test_late_on_any_stream_that_is_an_open_loop(stream: Stream, hz: int) -> None:
    """The next request of a closed loop waits for the answer to the last: it is due when it is sent."""
    reasons = invalid_because(*asking(stream, hz, sent=1_500 * ms))
    assert len(reasons) == (stream is not Stream.connected)
    assert all(f"customer-1 ({stream.name})" in reason for reason in reasons)


def test_a_customer_that_asks_again_at_once_is_not_late_by_a_few_milliseconds() -> None:
    """Three of four arrivals come within 3 ms."""
    history, step = asking(Stream.background, 40, sent=20 * ms)
    bursts = history.requests["stream"] == Stream.background
    due = history.requests["due"].copy()
    due[bursts] = ns(-2) + np.arange(bursts.sum()) // 4 * 100 * ms + np.arange(bursts.sum()) % 4 * ms
    requests = history.requests.copy()
    requests["sent"][bursts], requests["due"] = due[bursts] + 20 * ms, due
    assert invalid_because(replace(history, requests=sorted_by_due(requests)), step) == ()


@pytest.mark.parametrize(
    "stream, hz, begin, end, missing",
    [
        (Stream.connected, 20, 4.0, 4.1, 2),
        (Stream.health, 1, 4.0, 6.0, 2),
        (Stream.health, 1, 8.0, 10.0, 0),  # it has 3 s
        (Stream.health, 1, 6.0, 7.0, 0),  # and the next may wait until the very end
        (Stream.health, 1, 5.0, 6.0, 1),
        (Stream.health, 1, -2.0, 8.0, 0),  # the first number of the others is unknown
        (Stream.background, 20, 4.0, 4.1, 0),  # a customer that waits for a minute has no record yet
    ],
)
def test_holes_on_any_stream(stream: Stream, hz: int, begin: float, end: float, missing: int) -> None:
    history, step = asking(stream, hz)
    reasons = invalid_because(without(history, stream, begin, end), step)
    assert reasons == ((f"{missing} arrivals of customer-1 ({stream.name}) left no record.",) if missing else ())


def test_holes_among_customers_that_must_have_given_up() -> None:
    story = HistoryBuilder(watch_s=80)
    background = story.requests(-2.0, 80.0, "customer-1", stream=Stream.background).judged()[0]
    probes, step = HistoryBuilder(watch_s=80).judged()
    history = replace(probes, requests=sorted_by_due(np.concatenate([probes.requests, customers(background)])))
    assert invalid_because(without(history, Stream.background, 21, 22), step) == ()
    (reason,) = invalid_because(without(history, Stream.background, 18, 19), step)
    assert reason == "200 arrivals of customer-1 (background) left no record."


def customers(history: History) -> Requests:
    requests: Requests = history.requests[history.requests["stream"] == Stream.background]
    return requests


def test_silent_vantage_point() -> None:
    history, step = quiet().judged()
    fewer = replace(history, requests=history.requests[history.requests["vantage"] != 2])
    assert "customer-2 sent nothing." in invalid_because(fewer, step)


def test_events_outside_the_step_do_not_count() -> None:
    assert invalid_because(*quiet().event(EventsLost(ns(-1.5), "eye", 7)).judged()) == ()


@pytest.mark.parametrize(
    "event",
    [
        EventsLost(ns(-1.2), "eye", 7),
        AgentStarted(ns(-1.2), "hand", "b", 0),
        msgspec.structs.replace(LET_GO, t=ns(-1.2)),
    ],
)
def test_what_failed_between_two_steps_of_a_trial_counts(event: AnyEvent) -> None:
    """What the first step held is gone when the second begins."""
    story = quiet().event(Marked(ns(-1.9), "step_begin", 0, "first")).event(Marked(ns(-1.5), "step_end", 0, "first"))
    assert len(invalid_because(*story.event(event).judged())) == 1


def test_later_steps_find_what_the_first_left() -> None:
    """A mitigation begins in an outage: only the trial's first step needs a steady state."""
    history, step = quiet().caches(-0.5, gw_2=LB2).dark(-1.0, 10.0).judged()
    assert invalid_because(history, replace(step, first=False)) == ()


@pytest.mark.parametrize("until, lasted", [(401, ""), (1200, ": it lasted 0.740 to 0.760 s on the wire")])
def test_op_outside_its_wire_bracket(until: int, lasted: str) -> None:
    """Numbered frames pass trunk.a until 50 ms after the agent said that it drops them, and from its release on."""
    story = quiet()
    for number, t in enumerate(range(-400, until, 10)):
        story.event(MarkerSeen(ns(t / 1e3), "trunk.a", True, 1, number))
        if not 50 <= t < 800:
            story.event(MarkerSeen(ns(t / 1e3) + 1000, "gw-1.external", False, 1, number))
    (reason,) = invalid_because(*story.judged())
    assert reason == f"Captured frames contradict the agent's report of drop trunk.a ingress{lasted}."


@pytest.mark.parametrize(
    "op, until, t, inward, leaks",
    [
        (DropGarp("gw-2.external", "egress", VIP), 0.8, 0.5, False, 1),
        (DropGarp("gw-2.external", "egress", VIP), 0.8, 0.5, True, 0),  # it comes in there, and leaves elsewhere
        (DropGarp("gw-2.external", "egress", VIP), 0.8, 0.9, False, 0),
        (DropGarp("gw-2.external", "egress", VIP), None, 0.9, False, 1),  # held to the end
        (DropGarp("gw-2.external", "ingress", VIP), 0.8, 0.5, False, 0),  # what leaves there came in elsewhere
        (DropGarp("gw-1.external", "egress", VIP), 0.8, 0.5, False, 0),
        (DropGarp("gw-2.external", "egress", "10.77.0.101"), 0.8, 0.5, False, 0),
        (Signal(LB1, "keepalived"), 0.8, 0.5, False, 0),  # it drops nothing
    ],
)
def test_announcement_that_passes_a_drop(op: AnyOp, until: float | None, t: float, *, inward: bool, leaks: int) -> None:
    story = HistoryBuilder().op(op, 0.0, until)
    mac = story.mac(LB1)
    story.event(ArpSeen(ns(t), "gw-2.external", inward, mac, "ff:ff:ff:ff:ff:ff", 1, mac, VIP, VIP))
    reasons = invalid_because(*story.judged())
    assert len(reasons) == leaks
    assert all("1 announcements of 10.77.0.100 left by gw-2.external" in reason for reason in reasons)


PORTS = ("gw-2.external", "customer-3.external")
CUTS: tuple[AnyOp, ...] = tuple(Drop(port, "egress") for port in PORTS)


def met(
    *counts: int | None, held: bool = False, fault: tuple[AnyOp, ...] = CUTS, marked: bool = False
) -> tuple[str, ...]:
    """Of a fault with as many ops of one kind, on different ports; the last may be held at the step's end."""
    story = HistoryBuilder()
    if marked:
        story.event(MarkerSeen(ns(-0.1), "trunk.a", True, 1, 1))
    for number, count in enumerate(counts):
        each = fault[number]
        story.event(OpApplied(ns(0), 1, number, each, ns(0), ns(0)))
        if not (held and number == len(counts) - 1):
            story.event(OpReleased(ns(1), 1, number, each, ns(1), ns(1), met=count))
    return tuple(reason for reason in invalid_because(*story.judged()) if "met nothing" in reason)


def test_a_fault_that_met_nothing_tells_nothing() -> None:
    assert met(0) == met(0, 0)
    assert met(0) == ("The fault's ops of the kind drop were in force and met nothing: no frame crossed them.",)
    assert met(0, fault=(Delay("gw-2.external", "egress", ns(0.01)),))


def test_a_fault_of_a_ring_that_met_nothing_tells_nothing() -> None:
    ends = (ForceOpen("trunk.a"), ForceOpen("trunk.b"))
    assert met(0, 0, fault=ends) == (
        "The fault's ops of the kind force open were in force and met nothing: REP had these ports open itself.",
    )
    assert not met(0, 1, fault=ends), "one of them was the alternate"
    assert "no change of a ring" in met(0, fault=(IgnoreChanges("sw-a"),))[0]
    assert "no alternate port" in met(0, fault=(OpenLate("sw-a", 1),))[0]


@pytest.mark.parametrize(
    "op",
    [
        Lose("gw-2.external", "egress", 1.0),
        Corrupt("gw-2.external", "egress", 1.0),
        DropGarp("gw-2.external", "egress", VIP),
        DropVrrp("gw-2.external", "egress", multicast=False),
    ],
)
def test_what_hits_by_chance_or_what_the_pair_may_not_send_is_no_reason(op: AnyOp) -> None:
    """1 % of 20 frames hits none in 82 % of trials; a pair that rightly takes nothing over announces nothing."""
    assert met(0, fault=(op,)) == ()


def test_frames_of_the_measuring_stream_are_nothing_that_was_met() -> None:
    """The kernel counts them, too: of a blackhole that a stream crosses it is not known what else it met."""
    assert met(0, marked=True) == ()


@pytest.mark.parametrize("counts", [(3,), (0, 1), (None,), (0, None)])
def test_one_that_met_something_or_was_not_counted_is_valid(counts: tuple[int | None, ...]) -> None:
    """Older recordings, and kernels that do not count, say nothing. Of several ports one may have had the frames."""
    assert met(*counts) == ()


def test_what_is_still_in_force_may_meet_something_yet() -> None:
    assert met(0, 0, held=True) == ()


def test_kinds_of_ops_are_counted_apart() -> None:
    """A delay that met probes says nothing of the frames that were to be dropped."""
    counted: list[tuple[AnyOp, int]] = [(Drop("trunk.a", "ingress"), 0), (Delay("gw-2.external", "egress", ns(0.1)), 9)]
    story = HistoryBuilder()
    for number, (op, count) in enumerate(counted):
        story.event(OpApplied(ns(0), 1, number, op, ns(0), ns(0)))
        story.event(OpReleased(ns(1), 1, number, op, ns(1), ns(1), met=count))
    assert any("kind drop were" in reason for reason in invalid_because(*story.judged()))


def test_a_port_that_the_guard_shut_in_a_loop_of_ours_is_a_result() -> None:
    story = quiet().op(ForceOpen("trunk.b"), 0.1, 0.2).event(PortShut(ns(0.15), "trunk.a", 1000))
    assert invalid_because(*story.judged()) == ()
