"""What a format is: a function from a run to files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from harness.export._recorded import Recorded


class Part(NamedTuple):
    """One file. `name`: with its suffix. `write` may be called once. `note`: what the reader must know; else empty."""

    name: str
    write: Callable[[BinaryIO], None]
    note: str = ""


@dataclass(frozen=True)
class Format:
    """`about`: one line, what opens it. `parts`: the files, at least one. `of_trials`: one trial alone may be shown.

    Raises `UsageError` if the run cannot be read, `NotMeasured` if it lacks what the format shows, `EnvironmentProblem`
    if a package is missing.
    """

    about: str
    parts: Callable[[Recorded], Iterator[Part]]
    of_trials: bool = True


def text(name: str, content: str, note: str = "") -> Part:
    """A file of text."""
    return Part(name, lambda file: _all(file, content.encode()), note)


def _all(file: BinaryIO, data: bytes) -> None:
    file.write(data)
