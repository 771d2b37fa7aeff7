"""The paragraphs that `harness run` and the summary show under violated checks."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from harness.explain import Explained, explain_run, most_telling
from harness.history import store
from harness.model.outcome import RunOutcome, TestOutcome
from harness.report.one_line import one_line


def why(run: RunOutcome, most: int | None = None) -> Iterator[str]:
    """Of each test, of `most` at most, the paragraph that tells most, and where the rest is.

    Nothing for a run whose folder is not here, or whose history was removed. Only what is shown is explained: that may
    take a second of each check.
    """
    folder = Path(run.run)
    chosen = {test.name: name for test in run.tests if (name := most_telling(_violated(test)))}
    if not chosen or not store.header_path(folder).is_file() or not store.has_history(folder):
        return

    @cache
    def explained(name: str) -> list[Explained]:
        return explain_run(folder, name)

    for test, name in [*chosen.items()][:most]:
        for each in [each for each in explained(name) if each.test == test][:1]:
            short = one_line(test.removeprefix("test_"))
            yield f"  why {short}: {name}: {one_line(each.told.paragraph)}"
    yield f"  seen on each device, and what ends it: harness explain {one_line(run.run)}"


def _violated(test: TestOutcome) -> set[str]:
    """In valid trials."""
    steps = (step for trial in test.trials if trial.valid for step in trial.steps)
    return {finding.name for step in steps for finding in step.checks if finding.violated}
