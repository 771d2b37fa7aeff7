"""`harness clean`."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from harness.cli._console import DryRun, show, timed
from harness.lab import compose, engine, generated, one_off, ready, site_image
from harness.lab.images import remove_images
from harness.model.errors import UsageError

Runs = Annotated[Path | None, typer.Option("--runs", help="Remove the recorded runs in this folder too.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_OF_A_RUN = ("events.jsonl", "run.json")


def clean(*, runs: Runs = None, yes: Yes = False, dry_run: DryRun = False) -> None:
    """Remove all that the product made on this engine: all labs, all images, and (with --runs) recorded runs.

    Topologies of labs of your own (up --topology) are forgotten too; the files that they came from stay.

    Examples:

      harness clean --dry-run

      harness clean --yes --runs runs
    """
    labs, folders = ready.labs(), run_folders(runs)
    show(f"labs: {', '.join(labs) or 'none'}; images: all of the product's; runs: {len(folders)}")
    if dry_run or not (yes or typer.confirm("Remove them?")):
        return
    with timed("clean", f"{ready.DOWN_SECONDS * max(1, len(labs)) + 5} s") as progress:
        for lab in labs:
            progress(f"lab {lab}")
            compose.down(lab)
        for lab in generated.names():
            generated.forget(lab)
        progress(f"left by lint: {_remove_left()}")
        remove_images(progress)
        for folder in folders:
            shutil.rmtree(folder)


def _remove_left() -> str:
    """What `harness lint` leaves behind only if it was killed."""
    client = engine.connect()
    try:
        containers = one_off.remove_left(client)
        return f"{containers} containers, {site_image.remove_left(client)} images"
    finally:
        client.close()


def run_folders(runs: Path | None) -> list[Path]:
    """The recorded runs in `runs`: folders that hold a history, or its header alone. Nothing else is ever removed."""
    if runs is None:
        return []
    if not runs.is_dir():
        raise UsageError(f"There is no folder {str(runs)!r} with runs.")
    return sorted(folder for folder in runs.iterdir() if any((folder / name).is_file() for name in _OF_A_RUN))
