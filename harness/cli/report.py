"""`harness report`."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli._console import Json, print_json, say, show
from harness.cli._view import view
from harness.model.errors import BadValue, UsageError
from harness.report import page

Folder = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder: runs/ID, or ID alone.")]
Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Default: report.html in the run.")]
Against = Annotated[
    Path | None,
    typer.Option("--against", metavar="RUN", help="An earlier run: show what differs in its configuration."),
]


def report(run: Folder, *, output: Output = None, against: Against = None, json: Json = False) -> None:
    """Write a run as one HTML file: verdict, recovery, a zoomable timeline, what happened in words, configuration.

    `harness run` and `harness gate` write it too. It is written again from what was recorded, also from runs of earlier
    versions, and shows nothing but what the run's folder has. Passwords and keys are left out. The file loads nothing:
    it can be mailed. Exit status: 0 written, 2 the folder is no run that can be read.

    Examples:

      harness report runs/june_13-20261129-155842

      harness report june_13-20261129-155842 --output /tmp/june_13.html

      harness report runs/gate-site-2 --against runs/gate-site-1
    """
    found, earlier = _found(run), _found(against) if against else None
    try:
        path = page.write(found, _writable(output), earlier)
    except OSError as error:
        raise UsageError(f"The report cannot be written: {error}. Try another place: --output FILE") from error
    if json:
        print_json({"report": str(path), "bytes": path.stat().st_size})
    else:
        show(str(path))


def _found(run: Path) -> Path:
    """Also by its name alone, in `runs`."""
    for folder in (run, Path("runs") / run):
        if folder.is_dir():
            return folder
    known = sorted(each.name for each in Path("runs").glob("*/") if (each / "run.json").is_file())
    raise UsageError(f"There is no folder {run}. The newest runs here: {', '.join(known[-5:]) or 'none'}.")


def _writable(output: Path | None) -> Path | None:
    if output is not None and (output.is_dir() or not output.absolute().parent.is_dir()):
        raise BadValue("--output", str(output), "a file in a folder that is there")
    return output


def keep_report(run: Path) -> None:
    """The page of a run that has just ended. It is a view of what is kept: if it fails, the verdict stands."""
    if not view("The report", lambda: say(f"report: {page.write(run)}")):
        say(f"Try again: harness report {run}")
