"""All that a report is made of, read from a run's folder. What cannot be read is named, never guessed."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import msgspec

from harness.history import History, store
from harness.model.errors import HarnessError, UsageError
from harness.model.outcome import RunOutcome
from harness.report.page import gate_told
from harness.report.page.gate_told import GateTold

T = TypeVar("T")

BROKEN: Final = (
    HarnessError, msgspec.MsgspecError, OSError, EOFError, zlib.error, LookupError, ValueError, TypeError, OverflowError
)  # fmt: skip
"""What reading files of any content raises. Each is told on the page, beside what it made impossible."""


MOST_BYTES: Final = 200_000  # of a configuration's file


class ConfigurationFile(NamedTuple):
    """`text`: as it ran, not yet redacted."""

    configuration: str
    node: str
    name: str
    text: str


@dataclass(frozen=True)
class Material:
    """`history`, `outcome`: None if they cannot be read. `missing`: sentences. `folder` is never shown."""

    folder: Path
    header: store.RunHeader
    outcome: RunOutcome | None
    history: History | None
    gate: GateTold | None
    files: tuple[ConfigurationFile, ...]
    missing: tuple[str, ...]

    @property
    def experiment(self) -> str:
        """By the outcome, else by the header, else the folder's name."""
        named = self.header.parameters.get("experiment")
        return self.outcome.experiment if self.outcome else str(named or self.header.run)


def read(run: Path, *, with_history: bool = True) -> Material:
    """`with_history` False: of an earlier run whose configuration alone is wanted.

    Raises `UsageError` if the folder is no run, one of a newer harness, or its run.json cannot be read."""
    header = _header(run)
    missing: list[str] = []
    return Material(
        folder=run,
        header=header,
        outcome=_part(missing, "outcome.json, so nothing is judged here", lambda: _outcome(run)),
        history=_part(
            missing, "The history, so there is no timeline", lambda: store.load(run) if with_history else None
        ),
        gate=_part(missing, "gate.json, the gate's verdict", lambda: gate_told.read(run)),
        files=tuple(_part(missing, "The configuration", lambda: list(_files(run))) or ()),
        missing=tuple(missing),
    )


def _header(run: Path) -> store.RunHeader:
    try:
        return store.read_header(run)
    except UsageError:
        raise
    except BROKEN as error:
        raise UsageError(f"The run.json of {run} cannot be read: {error}") from error


def _outcome(run: Path) -> RunOutcome:
    try:
        return store.read_outcome(run)
    except FileNotFoundError:
        raise UsageError("there is none; the run did not come to its end") from None


def _part(missing: list[str], what: str, reading: Callable[[], T]) -> T | None:
    try:
        return reading()
    except BROKEN as error:
        missing.append(f"{what}: {str(error) or type(error).__name__}")
        return None


def _files(run: Path) -> Iterator[ConfigurationFile]:
    """In order of configuration, node and name."""
    folder = run / "configuration"
    for path in sorted(folder.glob("*/*/*")):
        if path.is_file() and not path.is_symlink():  # a run that was sent to us must not show other files of ours
            configuration, node, name = path.relative_to(folder).parts
            with path.open("rb") as file:
                yield ConfigurationFile(configuration, node, name, file.read(MOST_BYTES).decode(errors="replace"))
