"""`harness report`."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli._console import Json, print_json, say, show
from harness.cli._view import view
from harness.history.kept_runs import find_run
from harness.model.errors import BadValue, UsageError
from harness.report import page

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder: runs/ID, or ID alone.")]
Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Default: report.html in the run.")]
Runs = Annotated[Path, typer.Option("--runs", help="Where run folders are.")]
Against = Annotated[
    Path | None,
    typer.Option("--against", metavar="RUN", help="An earlier run: show what differs in its configuration."),
]


def report(
    run: Folder, *, output: Output = None, against: Against = None, runs: Runs = Path("runs"), json: Json = False
) -> None:
    """Write a run as one HTML file: verdict, recovery, a zoomable timeline, what happened in words, configuration.

    `harness run` and `harness gate` write it too. It is written again from what was recorded, also from runs of earlier
    versions, and shows nothing but what the run's folder has. Passwords and keys are left out. The file loads nothing:
    it can be mailed. Exit status: 0 written, 2 the folder is no run that can be read.

    Examples:

      harness report runs/june_13-20261129-155842

      harness report june_13-20261129-155842 --output /tmp/june_13.html

      harness report runs/gate-site-2 --against runs/gate-site-1
    """
    found, earlier = find_run(str(run), runs), find_run(str(against), runs) if against else None
    try:
        path = page.write(found, _writable(output), earlier)
    except OSError as error:
        raise UsageError(f"The report cannot be written: {error}. Try another place: --output FILE") from error
    if json:
        print_json({"report": str(path), "bytes": path.stat().st_size})
    else:
        show(str(path))


def _writable(output: Path | None) -> Path | None:
    if output is not None and (output.is_dir() or not output.absolute().parent.is_dir()):
        raise BadValue("--output", str(output), "a file in a folder that is there")
    return output


def keep_report(run: Path) -> None:
    """The page of a run that has just ended. It is a view of what is kept: if it fails, the verdict stands."""
    if not view("The report", lambda: say(f"report: {page.write(run)}")):
        say(f"Try again: harness report {run}")
