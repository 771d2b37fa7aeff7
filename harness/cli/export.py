"""`harness export`."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from harness import export as exports
from harness.cli._console import Json, one_line, print_json, say, show
from harness.cli._places import refuse_file, refuse_folder
from harness.export import Part, Recorded
from harness.history.kept_runs import find_run
from harness.model.errors import EnvironmentProblem, UnknownName, UsageError

STDOUT: Final = "-"

_AS = f"One of {', '.join(exports.ALL)}."
_OUTPUT = "A file, or a folder where the format has several files; - is stdout. Default: the folder RUN/export."


class Written(msgspec.Struct, frozen=True):
    """`note`: what is not as it was recorded; else empty."""

    path: str
    bytes: int
    note: str


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or its name in --runs.")],
    *,
    kind: Annotated[str, typer.Option("--as", metavar="FORMAT", help=_AS)],
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help=_OUTPUT)] = "",
    trial: Annotated[int | None, typer.Option("--trial", metavar="N", help="Only this trial, by its number.")] = None,
    runs: Annotated[Path, typer.Option("--runs", help="Where run folders are.")] = Path("runs"),
    json: Json = False,
) -> None:
    """Write a run for other tools: Wireshark, Perfetto, spreadsheets, CI systems, pages. It needs no lab.

    pcapng: ARP and VRRP of each segment, with comments. perfetto: the timeline for ui.perfetto.dev (needs the extra
    perfetto). csv: every request and every event. junit, markdown: the verdicts. svg: a picture of each trial.

    Exit status: 0 written, 2 wrong request or a folder that cannot be read, 3 the run lacks it or a package is missing.

    Examples:

      harness export runs/june_13-20261129-055342 --as pcapng

      harness export runs/june_13-20261129-055342 --as svg --trial 2 --output june-13.svg

      harness export runs/june_13-20261129-055342 --as markdown --output - >> ticket.md
    """
    folder = find_run(run, runs)
    parts = _parts(folder, kind, trial)
    written = [_stdout(parts, json=json)] if output == STDOUT else list(_files(folder, output, parts))
    for each in written:
        if each.note:
            say(f"note: {one_line(each.note)}")
    if json:
        print_json(written)
    elif output != STDOUT:
        for each in written:
            show(f"{one_line(each.path)}  {each.bytes:,} bytes")


def _parts(run: Path, kind: str, trial: int | None) -> list[Part]:
    """Raises `UsageError` before anything is written: for an unknown format, for a folder that is no run."""
    if kind not in exports.ALL:
        raise UnknownName("format", kind, exports.ALL)
    if trial is not None and not exports.ALL[kind].of_trials:
        raise UsageError(f"--trial does not go with --as {kind}, which is about the whole run.")
    recorded = Recorded(run, trial)
    recorded.check()
    return list(exports.ALL[kind].parts(recorded))


def _stdout(parts: list[Part], *, json: bool) -> Written:
    """Raises `UsageError` for several files, and together with --json."""
    if json:
        raise UsageError("--json and --output - both write to stdout. Give one of them another place.")
    if len(parts) > 1:
        names = ", ".join(part.name for part in parts)
        raise UsageError(f"This is several files ({names}): --output must be a folder, or --trial must choose one.")
    parts[0].write(sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return Written(STDOUT, 0, parts[0].note)


def _files(run: Path, output: str, parts: list[Part]) -> Iterator[Written]:
    """One file may be given its name; several, and one whose `output` is a folder, go into a folder."""
    place = Path(output) if output else run / "export"
    named = bool(output) and len(parts) == 1 and not place.is_dir() and not output.endswith("/")
    (refuse_file if named else refuse_folder)("--output", place)
    for part in parts:
        path = place if named else place / part.name
        _write(path, part)
        yield Written(str(path), path.stat().st_size, part.note)


def _write(path: Path, part: Part) -> None:
    """In full or not at all: what is there after an error is not half of a file."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            part.write(file)
        partial.replace(path)
    except OSError as error:
        raise EnvironmentProblem(f"{path} cannot be written: {error}") from error
    finally:
        with suppress(OSError):  # it is not there, or its folder is none: the error above says so
            partial.unlink()
