"""`harness clean`."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from harness.cli._console import DEFAULT, DryRun, Json, LabName, one_line, print_json, say, show, timed
from harness.lab import baseline, compose, engine, generated, one_off, ready, site_image
from harness.lab.baseline import Checked
from harness.lab.images import remove_images
from harness.lab.lab import Lab
from harness.model.errors import AgentError, EnvironmentProblem, LeftBehind, UsageError

Runs = Annotated[Path | None, typer.Option("--runs", help="Remove the recorded runs in this folder too.")]
Check = Annotated[bool, typer.Option("--check", help="Compare a lab with how it came up; undo what a fault left.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_OF_A_RUN = ("events.jsonl", "run.json")


def clean(
    *,
    runs: Runs = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    check: Check = False,
    lab: LabName = DEFAULT,
    json: Json = False,
) -> None:
    """Remove all that the product made on this engine: all labs, all images, and (with --runs) recorded runs.

    Topologies of labs of your own (up --topology) are forgotten too; the files that they came from stay.

    With --check nothing of that: it compares one lab, all that a fault can change, with how it was when it came up.
    What a fault left is undone. What differs otherwise is listed and left alone. Exit code 4: something of ours is
    still there, or could not be asked.

    Examples:

      harness clean --check

      harness clean --dry-run

      harness clean --yes --runs runs
    """
    if check:
        if runs or yes or dry_run:
            raise UsageError("--check removes no lab, no image and no run: it goes with --lab and --json alone.")
        _check(lab, json=json)
        return
    labs, folders = ready.labs(), run_folders(runs)
    show(f"labs: {', '.join(labs) or 'none'}; images: all of the product's; runs: {len(folders)}")
    if dry_run or not (yes or typer.confirm("Remove them?")):
        return
    _remove(labs, folders)


def _remove(labs: list[str], folders: list[Path]) -> None:
    """All of it; images last, since a container holds its own."""
    with timed("clean", f"{ready.DOWN_SECONDS * max(1, len(labs)) + 5} s") as progress:
        for each in labs:
            progress(f"lab {each}")
            compose.down(each)
        for each in generated.names():
            generated.forget(each)
        progress(f"left by lint: {_remove_left()}")
        remove_images(progress)
        for folder in folders:
            shutil.rmtree(folder)


def _check(lab: str, *, json: bool) -> None:
    """Raises `LeftBehind`, after the result was printed."""
    checked = _checked(lab)
    if json:
        print_json(
            {"lab": lab, "clean": checked.clean, "held": checked.held, **msgspec.structs.asdict(checked.comparison)}
        )
    else:
        for line in _lines(checked):
            show(one_line(line))
    if not checked.clean:
        raise LeftBehind(
            f"The lab {lab!r} is not as it came up. harness undo releases what is held; what is left after that goes "
            f"with the lab: harness down --lab {lab}"
        )


def _checked(lab: str) -> Checked:
    """Raises `LeftBehind` for an agent that does not answer, too: then nothing is known of a lab that is there."""
    try:
        with Lab(lab) as opened:
            return baseline.check(opened, lambda what: say(f"removed what was left: {one_line(what)}"))
    except (AgentError, EnvironmentProblem) as error:
        if lab not in ready.labs():
            raise
        raise LeftBehind(f"What is left in the lab {lab!r} is not known: {error}") from error


def _lines(checked: Checked) -> Iterator[str]:
    now = checked.comparison
    yield from (f"in force: {each.op}, held by {each.holder}" for each in checked.held)
    yield from (f"left: {each.where}: {each.what}: {each.state}" for each in now.ours)
    yield from (f"could not be asked: {each}" for each in now.unasked)
    yield from (f"not compared, unknown since the lab came up: {each}" for each in now.unknown)
    yield from (f"differs; nothing shows whose it is; left alone: {each}" for each in now.foreign)
    if checked.clean:
        several = f"{len(now.foreign)} {'difference' if len(now.foreign) == 1 else 'differences'}"
        yield f"No mark of a fault is left; {several} above." if now.foreign else "Nothing of a fault is left."


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
