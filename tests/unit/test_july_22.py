"""July 22: who is served (customers tell, for probes are few there), how many come, and how long steps are watched."""

import math
from dataclasses import replace
from typing import Any, cast

import msgspec
import pytest

from experiments.july_22 import LAST, answered, at_balancer, cure_ns, each_hz, out, pace_of, served, stuck
from harness.experiment import Trial, Trials
from harness.experiment.judge import StepResult, judge
from harness.model.errors import NotMeasured
from harness.model.events import DatabaseSample, HaproxySample, ListenSample, Marked
from harness.model.node import Node
from harness.model.ops import WRONG_INDEX
from harness.model.requests import Stream
from harness.model.units import ms, s
from harness.recovery.capacity import Capacity
from harness.recovery.pace import MARGIN, Pace
from tests.histories import LB1, HistoryBuilder, ns

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


def test_customers_of_an_earlier_trial_are_none_of_this_one() -> None:
    """The run's first customers measured the capacity."""
    story = HistoryBuilder().dark(0.0, 10.0).requests(-2.0, -1.0, stream=Stream.background)
    for began, said in ((-1.0, False), (-1.5, True)):
        marked = judge(story.event(Marked(ns(began), "trial_begin", 0)).build(), 0, "blip", None, ns(10.0) - ns(0.0))
        if said:
            assert out(marked, HZ)
            continue
        with pytest.raises(NotMeasured, match="No customers at customer-1"):
            out(marked, HZ)


def test_answers_that_take_longer_than_patience_do_not_count() -> None:
    for took, is_served in ((999 * ms, True), (1_001 * ms, False)):
        assert served(customers(HistoryBuilder().requests(-2.0, 10.0, done=took)), HZ) is is_served


ROWS = 243_001
QUIET = Capacity(right_hz=400.0, wrong_hz=8.0)


class Watched:
    """What is left of a step whose checks all say "violated"."""

    violated = True

    def __init__(self, judged: StepResult) -> None:
        self.history, self.step = judged.history, judged.step

    def check(self, _check: object) -> "Watched":
        return self


class Loaded:
    """Trials whose load is set, and a trial whose watches are noted."""

    def __init__(self, judged: StepResult | None = None) -> None:
        self.background = math.nan
        self.watches: list[int] = []
        self._judged = judged

    def load(self, background: float) -> None:
        self.background = background

    def step(self, _name: str, _fault: object, *, watch: int) -> Watched:
        self.watches.append(watch)
        return Watched(self._judged or reading(8.0, 32))


@pytest.mark.parametrize("capacity, each", [(QUIET, 15.0), (Capacity(1_600, 32.0), 32.0), (Capacity(50, 0.7), 10.0)])
def test_story_has_its_usual_customers_or_as_many_as_the_machine_allows(capacity: Capacity, each: float) -> None:
    """15 at each vantage point; with databases four times as fast 32, or the wrong index would answer half of them."""
    trials = Loaded()
    pace = pace_of(cast("Trials", cast("Any", trials)), capacity, 15.0)
    assert trials.background == pytest.approx(each)
    assert each_hz(pace) == pytest.approx(each)
    assert pace.others_hz == 15


def test_flip_is_watched_until_the_frontend_is_full() -> None:
    """200 sessions, of 115 who come and 8 who leave; never for less than the test wants."""
    trial = Loaded()
    for least in (s, 8 * s):
        stuck(cast("Trial", cast("Any", trial)), Pace(QUIET, 100, others_hz=15), least)
    assert trial.watches == [pytest.approx(MARGIN * 200 / 107 * s), 8 * s]


def test_flip_of_databases_that_became_faster_meanwhile_was_watched_for_too_short() -> None:
    """Of 115 who come 40 are answered by now: the frontend fills in a half more than the expected time."""
    trial = Loaded(reading(40.0, 32))
    with pytest.raises(NotMeasured, match=r"By now the wrong one answers 40\.0/s"):
        stuck(cast("Trial", cast("Any", trial)), Pace(QUIET, 100, others_hz=15))


def reading(hz: float, running: int) -> StepResult:
    """The end of an outage: `running` queries read as many rows as are read in `hz` answers, half of them in db-2.

    Before its last 2 s ten times as many. 60 customers are there, who came within the last 100 ms.
    """
    story = HistoryBuilder().requests(9.9, 10.0, done=60 * s).requests(-2.0, 10.0, stream=Stream.background)
    databases = {name: Node(name, "database", ()) for name in ("db-1", "db-2")}
    story.topology = msgspec.structs.replace(story.topology, nodes=story.topology.nodes | databases)
    for name in databases:
        for t, answers in ((0.0, 0.0), (7.9, 40 * hz), (8.1, 40.05 * hz), (9.9, 40.95 * hz)):
            rows, begun = round(answers * ROWS), running // 2
            story.event(DatabaseSample(ns(t), name, WRONG_INDEX, 15, begun, 9, rows, 60, 3, 20, read_only=False))
    return judge(story.build(), 0, "blip", None, ns(10.0) - ns(0.0))


@pytest.mark.parametrize(
    "hz, running, stuck_s",
    [
        (4.0, 32, 8),  # half of what it was
        (16.0, 32, 4),  # quicker than it was: who knows for how long
        (4.0, 8, 2),
        (4.0, 6, 6 / 8),  # too few keep the processors busy: they do not tell how fast the machine is
        (1.0, 32, 32 + 32),  # each connection's query is given up meanwhile, and another one begins
    ],
)
def test_cure_is_watched_as_long_as_stuck_queries_read_at_the_newest_rate(
    hz: float, running: int, stuck_s: float
) -> None:
    """In three quarters of the time: in one the customers are answered who come."""
    watch = cure_ns(Pace(QUIET, 100), reading(hz, running))
    assert watch == pytest.approx(LAST + MARGIN * (stuck_s + 60 / 400) / 0.75 * s, rel=0.01)


def test_whoever_is_at_the_balancer_when_a_step_ends_is_in_a_session_or_in_the_kernels_queue() -> None:
    story = HistoryBuilder().unseen(HaproxySample, ListenSample, end=0.0)
    for t, sessions in ((5.0, 10), (9.9, 200)):
        story.event(HaproxySample(ns(t), LB1, "api/FRONTEND", "OPEN", sessions, 200, 0, 0, 2, 0))
        story.event(ListenSample(ns(t), LB1, 80, 190, 200, 0, 0))
    built = story.build()
    events = [each for each in built.events if not _steady(each)]
    told = replace(judge(built, 0, "blip", None, 10 * s), history=replace(built, events=tuple(events)))
    assert at_balancer(told) == 390


def _steady(event: object) -> bool:
    """What the builder's own sampler says."""
    return (isinstance(event, HaproxySample) and event.proxy != "api/FRONTEND") or (
        isinstance(event, ListenSample) and not event.waiting
    )


def test_nobody_is_known_to_be_at_a_balancer_without_a_limit() -> None:
    built = HistoryBuilder().build()
    events = tuple(each for each in built.events if not isinstance(each, HaproxySample))
    told = replace(judge(built, 0, "blip", None, 10 * s), history=replace(built, events=events))
    assert at_balancer(told) == 0
