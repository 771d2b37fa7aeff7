"""The paragraphs that `harness run` and the summary show under violated checks."""

from collections.abc import Iterator
from pathlib import Path

from harness.explain import explain_run, telling
from harness.history import store
from harness.model.outcome import RunOutcome
from harness.report.one_line import one_line


def why(run: RunOutcome, most: int | None = None) -> Iterator[str]:
    """Of each test, of `most` at most, the paragraph that tells most, and where the rest is.

    Nothing for a run whose folder is not here.
    """
    folder = Path(run.run)
    if not store.header_path(folder).is_file():
        return
    found = explain_run(folder)
    for each in telling(found)[:most]:
        yield f"  why {each.test.removeprefix('test_')}: {each.told.check}: {one_line(each.told.paragraph)}"
    if found:
        yield f"  seen on each device, and what ends it: harness explain {one_line(run.run)}"
