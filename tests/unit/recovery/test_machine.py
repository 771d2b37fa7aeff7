"""How busy the machine was when we were late, and what other machines took from the pair."""

from dataclasses import replace

import pytest

from harness.experiment.trial import invalidity
from harness.model.events import AgentStarted, AnyEvent, EventsLost, Lag, OpApplied, OpReleased, ServiceWaited
from harness.model.machine_load import MachineLoad, Share
from harness.model.ops import CpuStarved, LinkDown
from harness.model.outcome import Phase
from harness.model.units import ms
from harness.recovery import invalid_because
from harness.recovery.machine import is_busy, is_starved
from tests.histories import HistoryBuilder, june_13, ns

LATE = "2.3% of customer-1's arrivals were late by more than 25 ms."


def late(story: HistoryBuilder | None = None) -> HistoryBuilder:
    return (story or june_13()).requests(4.0, 4.25, "customer-1", sent=30 * ms)


@pytest.mark.parametrize(
    "stolen, valid", [(0.0, True), (0.5, True), (0.500001, False), (0.9, False)]
)  # at the bound is allowed
def test_other_machines_may_take_half_of_any_second(stolen: float, *, valid: bool) -> None:
    history, step = june_13().machine(-1.0, 3.0).machine(3.0, 4.0, stolen=stolen).machine(4.0, 10.0).judged()
    reasons, phase = invalidity(history, step)
    assert (reasons == ()) == valid
    if not valid:
        words, said = reasons
        assert words == f"Other machines took {stolen * 100:.0f} % of the machine's CPU time in a second."
        assert f"other machines took {stolen / 11 * 100:.0f} % of it (up to {stolen * 100:.0f} % in a second)" in said
        assert phase == "machine"


@pytest.mark.parametrize("begin", [-2.0, 10.0])
def test_what_they_took_before_or_after_the_step_is_no_matter(begin: float) -> None:
    assert invalid_because(*june_13().machine(begin, begin + 1, stolen=1.0).machine(0, 8).judged()) == ()


def waited(node: str, share: float, second: float = 3.0, service: str = "haproxy", waits: int = 10) -> ServiceWaited:
    return ServiceWaited(ns(second), node, service, 1000 * ms, round(share * 1000) * ms, waits)


@pytest.mark.parametrize("share, said", [(0.5, None), (0.501, 50), (0.98, 98), (2.5, 100)])  # at the bound is allowed
def test_a_service_that_got_no_cpu_time_cannot_be_judged(share: float, said: int | None) -> None:
    story = june_13().machine(-1.0, 10.0, waited=1.0)
    story.events += [
        waited("lb-ext-2", 0.2, service="keepalived", waits=1),
        waited("lb-ext-1", share),
        waited("api-1", 0.9, waits=30),
    ]
    reasons, phase = invalidity(*story.judged())
    if said is None:
        assert reasons == ()
    else:
        assert reasons[0] == f"haproxy of lb-ext-1 waited for a CPU for {said} % of a second, in 10 waits."
        assert reasons[1].startswith("The machine: ")
        assert phase == "machine"


@pytest.mark.parametrize("period_ns, starved", [(1000 * ms, True), (3000 * ms, False), (200 * ms, True)])
def test_a_wait_counts_against_a_second_or_a_longer_period(period_ns: int, *, starved: bool) -> None:
    """The next period of an agent that was late is short."""
    assert is_starved(ServiceWaited(ns(3.0), "lb-ext-1", "haproxy", period_ns, 600 * ms, 3)) is starved
    assert not is_starved(ServiceWaited(ns(3.0), "lb-ext-1", "haproxy", 200 * ms, 120 * ms, 1))


@pytest.mark.parametrize("second", [-2.0, 11.0])
def test_when_it_waited_before_or_after_the_step_is_no_matter(second: float) -> None:
    story = june_13()
    story.events.append(waited("lb-ext-1", 1.0, second))
    assert invalid_because(*story.judged()) == ()


@pytest.mark.parametrize("node, valid", [("lb-ext-1", True), ("lb-ext-2", False)])
def test_a_node_that_is_starved_on_purpose_waits(node: str, *, valid: bool) -> None:
    story = june_13()
    starved = CpuStarved("lb-ext-1", 2, 30)
    applied = OpApplied(ns(0.1), 9, 0, starved, asked_ns=ns(0.1), begun_ns=ns(0.1))
    released = OpReleased(ns(3.8), 9, 0, starved, asked_ns=ns(3.8), begun_ns=ns(3.8), why="deadline")
    story.events += [applied, released, waited(node, 1.0)]
    assert (invalid_because(*story.judged()) == ()) == valid


def test_a_busy_machine_is_the_last_reason() -> None:
    story = late(june_13()).machine(-1.0, 4.0, busy=0.6, stolen=0.1, waited=0.4)
    story.machine(4.0, 10.0, busy=0.9, stolen=0.0, waited=1.0).event(Lag(ns(4), "service", 120 * ms))
    said = (
        "The machine: its own processes used 76 % of its CPU time (up to 90 % in a second), other machines took 5 %"
        " of it (up to 10 % in a second), tasks waited for a CPU 72 % of the time (up to 100 % in a second), an"
        " agent read up to 0.12 s late."
    )
    assert invalidity(*story.judged()) == ((LATE, said), "machine")


def test_a_machine_that_was_not_busy_is_a_witness_against_us() -> None:
    story = late().machine(-1.0, 10.0, busy=0.3, stolen=None, waited=0.01).event(Lag(ns(4), "eye", 130 * ms))
    said = (
        "The machine was not busy: its own processes used 30 % of its CPU time (up to 30 % in a second), tasks"
        " waited for a CPU 1 % of the time (up to 1 % in a second), an agent read up to 0.13 s late."
    )
    assert invalidity(*story.judged()) == ((LATE, said), "instruments")


def test_a_kernel_that_does_not_count_waiting() -> None:
    (_, said), phase = invalidity(*late().machine(-1.0, 10.0, busy=0.95, waited=None).judged())
    assert "waited" not in said
    assert said.startswith("The machine: its own")
    assert phase == "machine"


def test_a_recording_without_samples_says_what_it_said() -> None:
    assert invalidity(*late().judged()) == ((LATE,), "instruments")


OP = LinkDown("gw-1.external")


def held(asked_ns: int, begun_ns: int, why: str = "deadline", ended_ns: int = ns(3.8)) -> tuple[AnyEvent, ...]:
    released = OpReleased(ended_ns + 1, 9, 0, OP, asked_ns=ns(3.8), begun_ns=ended_ns, why=why)
    return OpApplied(begun_ns + 1, 9, 0, OP, asked_ns=asked_ns, begun_ns=begun_ns), released


@pytest.mark.parametrize(
    "events, begins, phase",
    [
        ([Lag(ns(3), "eye", 300 * ms)], "The observer read up to 0.30 s late", "machine"),
        (held(ns(3), ns(3), "lease lost"), "The harness missed its heartbeats", "machine"),
        (held(ns(3), ns(3) + 60 * ms, "restart"), "The op link down gw-1.external began 0.060 s late", "machine"),
        (held(ns(3), ns(3), ended_ns=ns(3.9)), "The op link down gw-1.external was held for 0.900 s", "machine"),
        ([EventsLost(ns(3), "eye", 7)], "eye lost 7 events", "instruments"),
        ([AgentStarted(ns(3), "eye", "b", 0)], "The agent eye restarted", "instruments"),
    ],
)
def test_what_a_busy_machine_causes(events: list[AnyEvent], begins: str, phase: Phase) -> None:
    """It makes us late. That something of ours ends, or fails, it does not."""
    story = HistoryBuilder().drop("trunk.a", 0.0, 0.8).machine(-1.0, 10.0, waited=1.0)
    story.events += events
    (reason, *said), counted = invalidity(*story.judged())
    assert reason.startswith(begins)
    assert counted == phase
    assert len(said) == (phase == "machine")


def test_a_load_that_fell_silent() -> None:
    """At all three vantage points, each with its sentence; then the machine's."""
    history, step = june_13().machine(-1.0, 10.0, waited=1.0).judged()
    fewer = replace(history, requests=history.requests[history.requests["due"] < ns(8.9)])
    reasons, phase = invalidity(fewer, step)
    assert (len(reasons), phase) == (4, "machine")


NONE = Share(0.0, 0.0)


@pytest.mark.parametrize(
    "load, busy",
    [
        (MachineLoad(Share(0.0, 0.0), NONE, Share(0.1, 0.25)), True),  # for a quarter of one second
        (MachineLoad(Share(1.0, 1.0), NONE, Share(0.2, 0.249)), False),  # all used, and no process waited
        (MachineLoad(Share(0.0, 0.0), Share(0.1, 0.25), NONE), True),
        (MachineLoad(Share(0.0, 0.0), Share(0.2, 0.249), NONE), False),
        (MachineLoad(Share(0.0, 0.0), None, NONE), False),
        # Waiting is not counted: no time was left over.
        (MachineLoad(Share(0.5, 0.9)), True),
        (MachineLoad(Share(0.8, 0.89)), False),
        (MachineLoad(Share(0.5, 0.5), Share(0.2, 0.4)), True),
        (MachineLoad(Share(0.5, 0.5), Share(0.3, 0.3)), False),
    ],
)
def test_when_a_machine_is_busy(load: MachineLoad, *, busy: bool) -> None:
    assert is_busy(load) is busy
