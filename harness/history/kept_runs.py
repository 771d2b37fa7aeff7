"""The runs that are kept in a folder: what they are, how large, and how to remove them or their histories alone."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from harness.history import store
from harness.model.errors import HarnessError, UsageError
from harness.model.outcome import RunOutcome, decode_outcome

RECORDING_S: Final = 600.0
"""A run without an outcome that grew within this time is being recorded."""

_HISTORY: Final = ("events.jsonl", "events.jsonl.gz", "requests", "logs")


class KeptRun(msgspec.Struct, frozen=True):
    """`began`: ISO 8601; of older runs the time of its header. `problem`: why its outcome cannot be read; else empty.

    `history`: its events are still there. `recording`: it is being written at this moment.
    """

    name: str
    folder: str
    began: str
    bytes: int
    history: bool
    recording: bool
    outcome: RunOutcome | None = None
    problem: str = ""


def kept_runs(folder: Path) -> list[KeptRun]:
    """The oldest first. Raises `UsageError` if there is no such folder."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {str(folder)!r} with runs. Name another one with --runs.")
    return sorted(_found(folder), key=lambda run: (run.began, run.name))


def find_run(text: str, folder: Path) -> Path:
    """The folder of a run, by its path, by that of its outcome.json, or by its name in `folder`."""
    for path in (Path(text), folder / text):
        if path.name == "outcome.json" and path.is_file():
            return path.parent
        if store.outcome_path(path).is_file() or store.header_path(path).is_file():
            return path
    newest = [run.name for run in kept_runs(folder)[-5:]] if folder.is_dir() else []
    told = (
        f"The newest: {', '.join(newest)}. All of them: harness runs list."
        if newest
        else f"In {folder}/ there is no run."
    )
    if there := next((path for path in (Path(text), folder / text) if path.exists()), None):
        raise UsageError(f"{str(there)!r} is no run: that is a folder with a run.json or an outcome.json. {told}")
    raise UsageError(f"There is no run {text!r}, neither as a path nor in {folder}/. {told}")


def outcome_of(run: Path) -> RunOutcome:
    """With its folder as its name. Raises `UsageError` for a run that has none, or one that cannot be read."""
    path = store.outcome_path(run)
    if not path.is_file():
        raise UsageError(f"{run} has no outcome.json: it is being recorded, or it was cut off.")
    try:
        outcome = decode_outcome(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no outcome that this harness can read: {error}.") from error
    return msgspec.structs.replace(outcome, run=str(run))


def remove(run: KeptRun) -> None:
    """The whole folder. Raises `UsageError` if it is being recorded."""
    _refuse(run)
    shutil.rmtree(run.folder)


def remove_history(run: KeptRun) -> None:
    """Events, requests and logs. Outcome, header, topology, configuration and reports stay."""
    _refuse(run)
    for name in _HISTORY:
        path = Path(run.folder) / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _refuse(run: KeptRun) -> None:
    if run.recording:
        raise UsageError(f"{run.folder} is being recorded.")


def _found(folder: Path) -> Iterator[KeptRun]:
    """Folders that are runs. Not links: what they lead to belongs to another folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink() and store.header_path(path).is_file():
            yield _kept(path)


def _kept(path: Path) -> KeptRun:
    outcome, problem = _outcome(path)
    files = [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return KeptRun(
        name=path.name,
        folder=str(path),
        began=_began(path, outcome),
        bytes=sum(file.stat().st_size for file in files),
        history=any((path / name).is_file() for name in _HISTORY),
        recording=outcome is None and not store.outcome_path(path).exists() and _grew(path),
        outcome=outcome,
        problem=problem,
    )


def _outcome(path: Path) -> tuple[RunOutcome | None, str]:
    try:
        return outcome_of(path), ""
    except HarnessError as error:
        return None, str(error)


def _began(path: Path, outcome: RunOutcome | None) -> str:
    if outcome and outcome.facts and outcome.facts.began:
        return outcome.facts.began
    written = store.header_path(path).stat().st_mtime
    return datetime.fromtimestamp(written, UTC).isoformat(timespec="seconds")


def _grew(path: Path) -> bool:
    events = store.events_path(path)
    return events.is_file() and time.time() - events.stat().st_mtime < RECORDING_S
