"""June 13, every test of it, ten trials each, on one lab: each trial must have the same result."""

from collections.abc import Iterator

from harness.bench.command import run, run_arguments
from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.model.outcome import RunOutcome, StepOutcome, TrialOutcome

SPLIT = {"gw-1": "lb-ext-1", "gw-2": "lb-ext-2", "customer-3": "lb-ext-2"}


def soak(asked: Soak) -> SoakResult:
    lab = f"{asked.lab}-june-13"
    outcome = run(run_arguments("june_13", lab, asked.trials, asked.into / "runs"))
    return SoakResult(outcome.sentence, tuple(unmet(outcome, asked.trials)), {lab: outcome})


def unmet(outcome: RunOutcome, trials: int) -> Iterator[str]:
    """Empty if the run passed and the outage split the network in each of at least so many valid trials."""
    if outcome.verdict != "passed":
        yield f"The verdict is {outcome.verdict}: {outcome.sentence}"
    outage = next((test for test in outcome.tests if test.name == "test_outage"), None)
    valid = [trial for trial in outage.trials if trial.valid] if outage else []
    if len(valid) < trials:
        yield f"test_outage has {len(valid)} valid trials of {trials}."
    for number, trial in enumerate(valid, 1):
        yield from (f"test_outage, valid trial {number}: {reason}" for reason in _not_split(trial))


def _not_split(trial: TrialOutcome) -> Iterator[str]:
    blip = next((step for step in trial.steps if step.fault), None)
    if blip is None:
        yield "no fault was injected"
        return
    if blip.arp != SPLIT:
        yield f"the caches reach {blip.arp}"
    yield from _unexpected_service(blip)


def _unexpected_service(blip: StepOutcome) -> Iterator[str]:
    """customer-1 is on the master's side and served; the others are not served to the end of the watch."""
    for vantage, seen in blip.vantages.items():
        served = vantage == "customer-1"
        if seen.success is None or (seen.success < 0.97 if served else seen.success > 0.03):
            yield f"success of {vantage} is {seen.success}"


PART = SoakPart("every test of June 13 on one lab", 10, lambda trials: 2 + 2.3 * trials, soak)
