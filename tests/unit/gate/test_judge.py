"""How long a customer was without service, as each kind of test counts it."""

from math import inf

import pytest
from msgspec import structs

from harness import faults
from harness.experiment.judge import StepResult
from harness.gate.battery import GateTest, Kind
from harness.gate.judge import before_end, complaints, told, without_service
from harness.model.errors import NotMeasured, TooBusy
from harness.model.limits import Limit
from harness.model.ops import LinkDown
from harness.model.outcome import OutageOutcome, VantageOutcome, VantageState
from harness.model.requests import Outcome
from harness.model.units import ms, s
from tests.histories import LB1, LB2, HistoryBuilder

LIMIT = "allowed are 4 s = its timers"


def seen(
    *outages: tuple[float, float], state: VantageState = "recovered", heal_s: float | None = None
) -> VantageOutcome:
    return VantageOutcome(
        success=1.0,
        affected=bool(outages),
        recovery_s=outages[-1][1] if outages else 0.0,
        recovery_from_heal_s=None,
        first_good_s=None,
        bad_seconds=sum(end - begin for begin, end in outages),
        failed_requests=0,
        relapses=0,
        longest_hang_s=None,
        outages=tuple(OutageOutcome(begin, end) for begin, end in outages),
        state=state,
    )


def gate_test(kind: Kind) -> GateTest:
    ends = 0 if kind in ("rest", "takeover") else 6 * s
    return GateTest("it", "it fails", faults.power_cut("lb1", 6 * s), kind, Limit(4 * s, "its timers"), 10 * s, ends)


@pytest.mark.parametrize(
    "kind, outcome, took",
    [
        ("rest", seen(), 0.0),
        ("rest", seen((1.0, 1.5)), 0.5),
        ("takeover", seen(), 0.0),
        ("takeover", seen((0.0, 3.0)), 3.0),
        ("takeover", seen((0.0, 3.0), (5.0, 5.5)), 3.5),  # a late answer at the end does not make it 5.5
        ("servers", seen((0.0, 8.0)), 2.0),
        ("servers", seen((0.0, 5.0)), 0.0),
        ("overload", seen((1.0, 6.5)), 0.5),
        ("partition", seen((0.0, 1.0), (3.0, 8.0), (9.0, 9.5)), 2.5),
        ("return", seen((0.0, 3.0)), 0.0),  # the takeover before is another test's
        ("return", seen((0.0, 3.0), (8.0, 8.7), (9.0, 9.1)), 0.7),
    ],
)
def test_kinds(kind: Kind, outcome: VantageOutcome, took: float) -> None:
    assert without_service(gate_test(kind), outcome) == pytest.approx(took)


@pytest.mark.parametrize(
    "outages, took",
    [
        ((), 0.0),
        (((0.0, 2.7),), 2.7),
        (((0.0, 8.0),), 6.0),
        (((1.0, None),), 5.0),
        (((0.0, 2.7), (7.0, 8.0)), 2.7),
    ],
)
def test_what_was_before_the_end_is_told_apart(outages: tuple[tuple[float, float | None], ...], took: float) -> None:
    """Of a node that comes back 6 s after its power cut, this is what the power cut cost."""
    outcome = structs.replace(seen(), outages=tuple(OutageOutcome(begin, end) for begin, end in outages))
    assert before_end(gate_test("return"), outcome) == pytest.approx(took)


def test_outages_that_are_not_listed_count() -> None:
    """An outcome keeps the first and the last of very many."""
    flapping = structs.replace(seen((0.0, 1.0), (9.0, 9.5)), bad_seconds=6.0)
    assert without_service(gate_test("takeover"), flapping) == 6.0


def test_nor_does_what_was_before_the_end_hide_them() -> None:
    """At most all of the 6 s until the end were bad: 10 of 16 s are behind it."""
    flapping = structs.replace(seen((0.0, 1.0), (9.0, 9.5)), bad_seconds=16.0)
    assert without_service(gate_test("partition"), flapping) == 10.0


def returned(back_s: float | None, extra: str = "") -> StepResult:
    """lb-ext-1 loses its power and comes back. `back_s`: when it takes its VIP; None: not within the watch."""
    story = HistoryBuilder(extra=extra).op(LinkDown(f"{LB1}.external"), 0.0, 4.0)
    story.gives_up(LB1, 0.0).takes(LB2, 0.36).dark(0.0, 0.36).served_by(LB2, 0.36, back_s or 10.0)
    if back_s:
        story.gives_up(LB2, back_s).takes(LB1, back_s)
    return StepResult(*story.judged(), "blip", "power cut", 10 * s)


def test_a_return_that_was_not_seen_is_not_measured() -> None:
    """It waits for its preempt_delay, or its check: that no customer noticed anything shows nothing."""
    assert complaints(gate_test("return"), returned(8.0), LB1) == []
    with pytest.raises(NotMeasured, match=r"lb-ext-1 did not take 10\.77\.0\.100 back within the watch"):
        complaints(gate_test("return"), returned(None), LB1)


def test_a_node_that_takes_nothing_back_has_returned_all_the_same() -> None:
    assert complaints(gate_test("return"), returned(None, "nopreempt"), LB1) == []
    assert complaints(gate_test("takeover"), returned(None), LB1) == []


LATE = {"done": 400 * ms, "outcome": Outcome.ok}
NONE = {"done": 500 * ms, "outcome": Outcome.connect_timeout, "status": 0}


def answered(fields: dict[str, int], waited: float | None, before: float = 0.0) -> StepResult:
    """The VIP moves in time. Later, for 4 s, customers fare otherwise. `waited`: how busy the machine is then."""
    story = HistoryBuilder().op(LinkDown(f"{LB1}.external"), 0.0, 4.0)
    story.gives_up(LB1, 0.0).takes(LB2, 0.36).dark(0.0, 0.36).served_by(LB2, 0.36, 5.0)
    story.requests(5.0, 9.0, **fields).served_by(LB2, 9.0, 10.0)
    if waited is not None:
        story.machine(0.0, 4.0, waited=before).machine(4.0, 10.0, waited=waited)
    return StepResult(*story.judged(), "blip", "link down", 10 * s)


def test_right_answers_that_a_busy_machine_makes_late_are_not_the_pair_s() -> None:
    said = r"too busy for answers.*late \(.*waited for a CPU \d\d % of.*meanwhile\); .*service for 4\.3\d s"
    with pytest.raises(TooBusy, match=said):
        complaints(gate_test("takeover"), answered(LATE, waited=0.6), LB1)


def test_on_a_machine_that_is_too_busy_no_failure_is_the_pair_s() -> None:
    with pytest.raises(TooBusy, match=r"^the machine was too busy \(.*seen: 10.77.0.100 was"):
        complaints(gate_test("takeover"), answered(NONE, waited=0.9, before=0.9), LB1)


def test_a_machine_that_was_busy_at_another_time_makes_no_answer_late() -> None:
    (said,) = complaints(gate_test("takeover"), answered(LATE, waited=0.02, before=0.6), LB1)
    assert "without service for 4.3" in said


@pytest.mark.parametrize("fields, waited", [(LATE, 0.1), (LATE, None), (NONE, 0.6)])
def test_late_answers_of_another_machine_are_the_pair_s_and_so_are_missing_ones(
    fields: dict[str, int], waited: float | None
) -> None:
    (said,) = complaints(gate_test("takeover"), answered(fields, waited), LB1)
    assert "without service for 4.3" in said


@pytest.mark.parametrize(
    "kind, took, said",
    [
        ("takeover", {"a": inf}, ["10.0 s later a is not served"]),
        ("takeover", {"a": inf, "b": inf}, ["10.0 s later a and b are not served"]),
        ("partition", {"a": inf}, ["10.0 s after the end a is not served"]),
        ("rest", {"a": inf}, ["a is not served"]),
        (
            "takeover",
            {"a": 4.5, "b": 5},
            [f"a was without service for 4.50 s, b was without service for 5.00 s; {LIMIT}"],
        ),
        (
            "return",
            {"a": 4.5, "b": inf},
            ["10.0 s after the end b is not served", f"a was without service for 4.50 s; {LIMIT}"],
        ),
        ("takeover", {}, []),
    ],
)
def test_each_vip_is_told_once_and_the_limit_once(kind: Kind, took: dict[str, float], said: list[str]) -> None:
    assert list(told(gate_test(kind), took)) == said
