"""July 22 without a fault: does the plan flip by itself, does the outage come and go? The day's graph is kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.bench.command import run, run_arguments
from harness.bench.session_graph import SessionGraph
from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.history import store
from harness.model.outcome import RunOutcome, StepOutcome

EXPERIMENT: Final = "july_22_by_itself"
RUNS, FLIPS = 8, 7
"""At least `FLIPS` of `RUNS` runs flip within a minute. Not all: the optimizer samples 8 random pages, and a minute in
which it never errs is possible."""

ATTEMPTS: Final = 3
"""The most days that are tried until the outage comes and goes on one; the best of them counts."""

TIMES: Final = 3  # full


def soak(asked: Soak) -> SoakResult:
    lab = f"{asked.lab}-by-itself"
    flips = run(run_arguments(EXPERIMENT, lab, asked.trials, asked.into / "runs", "--only", "flip"))
    days = list(_days(asked, lab))
    counts = [times_full(day) for day in days]
    sentence = (
        f"{flipped(flips)} of {valid(flips)} flipped within 60 s. Days, times full: {', '.join(map(str, counts))}."
    )
    return SoakResult(sentence, tuple(unmet(flips, counts)), {"flips": flips} | _numbered(days))


def unmet(flips: RunOutcome, counts: list[int]) -> Iterator[str]:
    runs = valid(flips)
    if runs < RUNS or flipped(flips) < FLIPS * runs / RUNS:
        yield f"{flipped(flips)} of {runs} runs flipped within 60 s; {FLIPS} of {RUNS} must."
    if max(counts, default=0) < TIMES:
        yield f"On no day of {len(counts)} did the frontend fill {TIMES} times: {counts}."


def valid(outcome: RunOutcome) -> int:
    return len(_steps(outcome))


def flipped(outcome: RunOutcome) -> int:
    """The number of valid trials in which a database used the wrong index."""
    return sum(any(f.name == "right_plan" and f.violated for f in step.checks) for step in _steps(outcome))


def times_full(day: RunOutcome) -> int:
    return max((int(step.measures.get("times_full") or 0) for step in _steps(day)), default=0)


def _days(asked: Soak, lab: str) -> Iterator[RunOutcome]:
    """Days until one on which it comes and goes, `ATTEMPTS` at most."""
    for attempt in range(1, ATTEMPTS + 1):
        day = run(run_arguments(EXPERIMENT, lab, 1, asked.into / "runs", "--only", "day"))
        graph = SessionGraph.of(store.load(Path(day.run)))
        graph.write_csv(asked.into / f"by_itself-{attempt}.csv")
        graph.write_svg(asked.into / f"by_itself-{attempt}.svg", "July 22 by itself: the sessions of a day")
        yield day
        if times_full(day) >= TIMES:
            return


def _steps(outcome: RunOutcome) -> list[StepOutcome]:
    trials = [trial for test in outcome.tests for trial in test.trials if trial.valid]
    return [step for trial in trials for step in trial.steps]


def _numbered(days: list[RunOutcome]) -> dict[str, RunOutcome]:
    return {f"day {number}": day for number, day in enumerate(days, 1)}


PART = SoakPart(
    "July 22 by itself: flips within a minute, a day that comes and goes", RUNS, lambda n: 12 + 1.3 * n, soak
)
