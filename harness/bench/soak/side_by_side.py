"""The same experiment on two labs at once, with the same addresses: both must have the same result."""

from collections.abc import Iterator

from harness.bench.command import run_arguments, side_by_side
from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.model.outcome import RunOutcome, TestOutcome


def soak(asked: Soak) -> SoakResult:
    labs = [f"{asked.lab}-left", f"{asked.lab}-right"]
    logs = [asked.into / f"{lab}.log" for lab in labs]
    asked.say(f"progress: tail -f {' '.join(map(str, logs))}")
    commands = [run_arguments("june_13", lab, asked.trials, asked.into / "runs") for lab in labs]
    left, right = side_by_side(commands, logs)
    return SoakResult(left.sentence, tuple(unmet(left, right)), dict(zip(labs, (left, right), strict=True)))


def unmet(left: RunOutcome, right: RunOutcome) -> Iterator[str]:
    """Where they differ, and where both did not pass."""
    if left.verdict != "passed" and left.verdict == right.verdict:
        yield f"Both are {left.verdict}: {left.sentence}"
    yield from differences(left, right)


def differences(left: RunOutcome, right: RunOutcome) -> Iterator[str]:
    """In verdicts, in tests, and in where each test's steps left the caches. Invalid trials may differ."""
    if left.verdict != right.verdict:
        yield f"One is {left.verdict}, the other {right.verdict}: {left.sentence} / {right.sentence}"
    theirs = {test.name: test for test in right.tests}
    mine = {test.name: test for test in left.tests}
    for name in dict.fromkeys((*mine, *theirs)):
        one, other = mine.get(name), theirs.get(name)
        if one is None or other is None:
            yield f"{name} ran on one lab only."
        else:
            yield from _test_differences(one, other)


def _test_differences(one: TestOutcome, other: TestOutcome) -> Iterator[str]:
    if (one.verdict, one.outcome) != (other.verdict, other.outcome):
        yield f"{one.name} is {one.outcome} ({one.verdict}) on one, {other.outcome} ({other.verdict}) on the other."
    if (arps := _arps(one)) != _arps(other):
        yield f"{one.name} left the caches reaching {arps} on one, {_arps(other)} on the other."


def _arps(test: TestOutcome) -> dict[str, list[str]]:
    """Step → each end state of the caches that a valid trial of it had, once."""
    ends: dict[str, set[str]] = {}
    for step in (step for trial in test.trials if trial.valid for step in trial.steps):
        ends.setdefault(step.name, set()).add(
            ", ".join(f"{cache} → {node}" for cache, node in sorted(step.arp.items()))
        )
    return {name: sorted(states) for name, states in ends.items()}


PART = SoakPart("June 13 on two labs side by side at once", 3, lambda trials: 2 + 2.5 * trials, soak)
