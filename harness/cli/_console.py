"""The output of the command line: results to stdout, everything else to stderr."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final, NoReturn

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from harness.lab.lab_name import DEFAULT_LAB, lab_name
from harness.report.one_line import one_line as one_line  # noqa: PLC0414 - it is said here too, for all commands

WIDE = None if sys.stdout.isatty() else 160  # columns of a table in a file or a pipe

CLOSED_PIPE: Final = 141
"""As a shell tells SIGPIPE. Rich and Typer would end with 1, which is a verdict: UNSAFE, or not as expected."""


class _Output(Console):
    def on_broken_pipe(self) -> None:
        _end_at_closed_pipe()


def _end_at_closed_pipe() -> NoReturn:
    """What is still buffered goes nowhere, or Python would try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(CLOSED_PIPE)


out = _Output(highlight=False, width=WIDE)
err = _Output(stderr=True, highlight=False)

LabName = Annotated[
    str,
    typer.Option(
        "--lab", envvar="HARNESS_LAB", callback=lab_name, help="Name of the lab; any number run side by side."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout; progress still goes to stderr.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and touch nothing.")]
DEFAULT = DEFAULT_LAB


def say(text: str) -> None:
    """Prints a line for people, without markup or wrapping."""
    err.print(text, markup=False, soft_wrap=True)


def show(text: str) -> None:
    """Prints a line of the result, without markup or wrapping."""
    out.print(text, markup=False, soft_wrap=True)


def table(*columns: str) -> Table:
    """A table without a frame, so that it can be copied into a ticket."""
    return Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)


def print_json(value: object) -> None:
    try:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _end_at_closed_pipe()


class Progress:
    """Prints each part of a long operation when it begins, with the time since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._live = err.status("") if err.is_terminal else None

    def __call__(self, text: str) -> None:
        line = f"{self.elapsed:5.1f} s  {text}"
        say(line)
        if self._live:
            self._live.update(f"{text} …")

    @property
    def elapsed(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self._began

    @contextmanager
    def running(self) -> Iterator[None]:
        """A spinner on a terminal, nothing elsewhere."""
        if not self._live:
            yield
            return
        with self._live:
            yield


@contextmanager
def timed(what: str, expected: str) -> Iterator[Progress]:
    """Prints the expected time first, and at the end the time that it took."""
    say(f"{what}: expected {expected}")
    progress = Progress()
    with progress.running():
        yield progress
    say(f"{what}: took {progress.elapsed:.1f} s")
