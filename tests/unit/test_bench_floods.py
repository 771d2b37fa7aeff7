"""Floods in the bench and in the soak: what is counted, and what is demanded of it."""

import msgspec
import pytest

from harness.bench.parts.flood import SESSIONS, figures
from harness.bench.soak.causes import sentence, unmet
from harness.model.events import FloodSample
from harness.model.outcome import Measure, RunOutcome, StepOutcome, TestOutcome, TrialOutcome, Verdict
from harness.model.units import ms

KB = 1000


def sample(t: int, held: int, memory: int = 20_000 * KB) -> FloodSample:
    waiting = SESSIONS - held
    return FloodSample(t, "customer-1", "idle", SESSIONS, SESSIONS, held, 0, waiting, held, 0, held, held, {}, memory)


FLOOD = [sample(0, 0), sample(500 * ms, 900), sample(1_000 * ms, SESSIONS, 22_000 * KB), sample(3_000 * ms, 0)]


def test_a_flood_that_is_as_it_must_be() -> None:
    took, each, held, lost = figures([FLOOD])
    assert (took.values["median"], each.values["max"], held.values["min"]) == (1.0, 11.0, SESSIONS)
    assert all(figure.met for figure in (took, each, held, lost))


@pytest.mark.parametrize(
    "number, samples",
    [
        (0, [sample(0, 0), sample(1_501 * ms, SESSIONS)]),
        (1, [sample(0, 0), sample(1_000 * ms, SESSIONS, 61_000 * KB)]),
        (2, [sample(0, 0), sample(1_000 * ms, SESSIONS - 1)]),
        (3, [sample(0, 0), msgspec.structs.replace(sample(1_000 * ms, SESSIONS), waiting=1)]),
    ],
    ids=("slow", "heavy", "few", "unaccounted"),
)
def test_a_flood_that_is_not(number: int, samples: list[FloodSample]) -> None:
    assert [place for place, figure in enumerate(figures([FLOOD, samples])) if not figure.met] == [number]


def trial(cause: str = "", *, valid: bool = True) -> TrialOutcome:
    measures: dict[str, Measure] = {"cause": cause} if cause else {}
    return TrialOutcome(valid, (), (StepOutcome("fill", "", 4.0, None, {}, {}, measures=measures),))


def told(name: str, *trials: TrialOutcome, verdict: Verdict = "passed") -> TestOutcome:
    return TestOutcome(name, "reproduction", "reproduced" if verdict == "passed" else "not reproduced", verdict, trials)


def run(*tests: TestOutcome) -> RunOutcome:
    return RunOutcome("july_22_floods", "passed", "", "runs/x", tests)


def test_causes_are_counted() -> None:
    outcome = run(
        told("test_flood_is_told_apart[idle-held]", trial("held"), trial("held"), trial("service", valid=False)),
        told("test_flood_is_told_apart[engine_independent-service]", trial("arrivals"), trial("inconclusive"), trial()),
        told("test_mixture_is_not_mistaken[roll_some_idle-causes1]", trial("service"), trial("inconclusive")),
    )
    expected = "told apart: 2 right, 2 wrong, 1 inconclusive; mixtures: 1 inconclusive, 1 service"
    assert sentence(outcome) == expected


def test_what_was_taken_for_something_else_is_said() -> None:
    wrong = told("test_flood_is_told_apart[idle-held]", trial("arrivals"), trial(), verdict="failed")
    assert list(unmet(run(wrong, told("test_mixture_is_not_mistaken[x]", trial("held"))))) == [
        "test_flood_is_told_apart[idle-held] is not reproduced: arrivals, not full"
    ]
