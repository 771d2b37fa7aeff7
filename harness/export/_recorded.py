"""A run's folder as formats read it: each part when it is first asked for."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from harness.export._trial import Trial, trials
from harness.history import History, store
from harness.model.errors import NotMeasured, UnknownName, UsageError
from harness.model.outcome import RunOutcome

_T = TypeVar("_T")


@dataclass(frozen=True)
class Recorded:
    """`only`: the number of the one trial to show; None: all.

    Raises `UsageError` if the folder is no run, is damaged, or is one of a newer harness.
    """

    folder: Path
    only: int | None = None

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @cached_property
    def header(self) -> store.RunHeader:
        return self._read("run.json", store.read_header)

    def check(self) -> None:
        """Raises `UsageError` if the folder is no run that can be read."""
        if self.header.run == "":
            raise UsageError(f"{self.folder}: run.json names no run.")

    @cached_property
    def found(self) -> RunOutcome | None:
        """None: the run ended without an outcome."""
        return self._read("outcome.json", store.read_outcome) if store.outcome_path(self.folder).is_file() else None

    @cached_property
    def outcome(self) -> RunOutcome:
        """Raises `NotMeasured` for a run without one."""
        self.check()
        if self.found is None:
            raise NotMeasured(f"{self.folder} has no outcome.json: the run ended before its verdict, or still lasts.")
        return self.found

    @cached_property
    def history(self) -> History:
        return self._read("a file", store.load)

    @cached_property
    def trials(self) -> list[Trial]:
        """Those that have a step. Raises `NotMeasured` if none has, `UnknownName` if `only` is not one of them."""
        known = trials(self.history, self.found)
        if not known:
            raise NotMeasured(f"{self.folder} has no trial with a step: nothing was done in it that could be shown.")
        chosen = [trial for trial in known if self.only in {None, trial.number}]
        if not chosen:
            raise UnknownName(f"trial in {self.folder}", str(self.only), [str(trial.number) for trial in known])
        return chosen

    def wall_ns(self, t: int) -> int:
        """An instant of the history as ns since 1970 (UTC)."""
        return t + self.header.wall_minus_mono_ns

    def _read(self, what: str, read: Callable[[Path], _T]) -> _T:
        try:
            return read(self.folder)
        except (msgspec.MsgspecError, UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
            raise UsageError(f"{self.folder}: {what} cannot be read: {error}") from error
