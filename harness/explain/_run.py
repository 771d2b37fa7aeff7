"""The explanations of a run's folder: which of its violated checks are explained, and where they were found."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from harness import checks
from harness.explain._logs import read_logs
from harness.explain._registry import Explainer
from harness.explain._told import Explanation
from harness.history import History, store
from harness.model.outcome import RunOutcome, StepOutcome, TrialOutcome

CAUSES_FIRST: Final = (
    "right_plan", "configurations_agree", "no_stale_arp", "no_failover_by_overload", "holder_can_serve", "no_owner",
    "dual_owner", "forwarding_leads_home", "failback_is_an_outage", "takeover_announced", "groups_together",
    "session_limit_reached", "service_level",
)  # fmt: skip
"""Whose paragraph tells most, if only one is shown; after these any other, in the order of its name."""


class Explained(NamedTuple):
    """`test`: "" for a run without an outcome. `valid`: an invalid trial counts for nothing."""

    test: str
    valid: bool
    told: Explanation


class _Place(NamedTuple):
    """A step of the history, and the names of the checks that its outcome has as violated (None: no outcome)."""

    test: str
    valid: bool
    trial: int
    step: str
    violated: frozenset[str] | None


def of_run(
    run: Path, explainers: dict[str, Explainer], wanted: str = "", *, every: bool = False
) -> Iterator[Explained]:
    """Of each test, step and violated check the first valid trial; with `every` all trials, invalid ones too.

    Today's checks judge the history; a finding that they do not make is not explained. `wanted`: one check alone.

    Raises `UsageError` if the folder is no run.
    """
    history, logs = store.load(run), read_logs(run)
    told: set[tuple[str, str, str]] = set()
    for place in _places(history, _outcome(run)):
        names = explainers.keys() if place.violated is None else place.violated & explainers.keys()
        for name in sorted(names & ({wanted} if wanted else names)):
            key = (place.test, place.step, name)
            if not every and (key in told or not place.valid):
                continue
            step = history.step(place.trial, place.step)
            if (finding := checks.ALL[name](history, step)).violated:
                told.add(key)
                yield Explained(place.test, place.valid, explainers[name](history, step, finding, logs))


def _outcome(run: Path) -> RunOutcome | None:
    """None for a run that ended before it had one."""
    try:
        return store.read_outcome(run)
    except FileNotFoundError:
        return None
    except msgspec.ValidationError:
        return None  # of another version: the history is enough


def _places(history: History, outcome: RunOutcome | None) -> Iterator[_Place]:
    if outcome is None:
        yield from (_Place("", True, trial, step, None) for trial, step in history.steps)
        return
    numbers = list(dict.fromkeys(trial for trial, _ in history.steps))
    for test in outcome.tests:
        for trial in (trial for trial in test.trials if trial.steps):
            number = next((n for n in numbers if _is(history, n, trial)), None)
            if number is None:
                continue  # its events are not in this folder: a cut recording keeps one trial
            numbers = [n for n in numbers if n > number]
            for step in trial.steps:
                yield _Place(test.name, trial.valid, number, step.name, frozenset(_violated(step)))


def _is(history: History, number: int, trial: TrialOutcome) -> bool:
    """Trials are numbered in order, and the last step of one that ended early may have no outcome."""
    names = [step for each, step in history.steps if each == number]
    return names[: len(trial.steps)] == [step.name for step in trial.steps]


def _violated(step: StepOutcome) -> Iterator[str]:
    return (finding.name for finding in step.checks if finding.violated)


def most_telling(names: Iterable[str]) -> str:
    """Of these checks the one whose paragraph tells most; "" if there are none."""

    def rank(name: str) -> tuple[int, str]:
        return CAUSES_FIRST.index(name) if name in CAUSES_FIRST else len(CAUSES_FIRST), name

    return min(names, key=rank, default="")
