"""The timeline of each trial as a picture: for a ticket, a page, a post-mortem."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, Final

from harness.export._format import Format, Part
from harness.export._recorded import Recorded
from harness.export._timeline import Timeline
from harness.export._trial import Trial
from harness.report.printable import printable


def parts(run: Recorded) -> Iterator[Part]:
    """A file for each trial."""
    for trial in run.trials:
        yield Part(f"timeline-{trial.number}.svg", partial(_write, run, trial))


def _write(run: Recorded, trial: Trial, file: BinaryIO) -> None:
    file.write(document(run, trial).encode())


def document(run: Recorded, trial: Trial) -> str:
    return Timeline(run.history, trial, _title(run, trial)).document()


def _title(run: Recorded, trial: Trial) -> str:
    """What was tried, and what came of this trial."""
    if trial.outcome is None:
        return printable(f"{run.name}, {trial.label}")
    told = trial.outcome.failure or "; ".join(trial.outcome.reasons) or "as expected"
    return printable(f"{trial.label}: {told}")


FORMAT: Final = Format("the timeline of each trial as a picture: browsers, pages, tickets", parts)
