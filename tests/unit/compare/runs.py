"""Runs made of a few figures, for comparisons."""

from collections.abc import Sequence

from msgspec.structs import replace

from harness.model.outcome import FaultOutcome, RunOutcome, StepOutcome, TestOutcome, TrialOutcome, VantageOutcome
from harness.model.run_facts import RunFacts
from harness.model.series import StepSeries

FAULT = FaultOutcome(0.8, 0.8, None, ())
NEVER = TrialOutcome(valid=True, reasons=(), steps=(), failure="Pair not steady after 40 s.")
"""A pair that did not come to steady state."""

UNKNOWN = -1.0
"""Instead of a recovery: too few arrivals to tell."""


def vantage(recovery_s: float | None, success: float | None = 1.0) -> VantageOutcome:
    if recovery_s == UNKNOWN:
        return VantageOutcome(None, True, None, None, None, 0, 0, 0, None, state="censored")
    return VantageOutcome(success, recovery_s != 0, recovery_s, None, recovery_s, 0, 0, 0, None)


def trial(recovery_s: float | None, success: float | None = 1.0, takeovers: int = 1) -> TrialOutcome:
    owners = tuple((float(n), ("lb-1" if n % 2 else "lb-2",)) for n in range(takeovers + 1))
    step = StepOutcome("blip", "blackhole trunk", 10.0, FAULT, {"c-1": vantage(recovery_s, success)}, {})
    return TrialOutcome(True, (), (replace(step, series=StepSeries(-1, 10, owners={"10.0.0.1": owners})),))


def run_of(
    trials: Sequence[TrialOutcome], name: str = "runs/a", test: str = "test_it", facts: RunFacts | None = None
) -> RunOutcome:
    found = TestOutcome(test, "gate", "safe", "passed", tuple(trials))
    return RunOutcome("x", "passed", "held", name, (found,), facts=facts)


def recovering(times: Sequence[float | None], name: str = "runs/a", facts: RunFacts | None = None) -> RunOutcome:
    return run_of([trial(time) for time in times], name, facts=facts)
