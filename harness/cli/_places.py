"""Where results are to go: refused before anything is measured, or it is measured for nothing."""

import os
from pathlib import Path

from harness.model.errors import BadValue


def refuse_file(option: str, path: Path | None) -> None:
    """Raises `BadValue` for a file that could not be written. Its folder need not be there."""
    if path is not None and (path.is_dir() or not _can_hold(path.parent)):
        raise BadValue(option, str(path), "a file in a folder that may be written")


def refuse_folder(option: str, path: Path | None) -> None:
    """Raises `BadValue` for a folder in which no file could be made. It need not be there."""
    if path is not None and not _can_hold(path):
        raise BadValue(option, str(path), "a folder that may be written, or a new one")


def _can_hold(folder: Path) -> bool:
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(each))
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def write(path: Path, text: str) -> None:
    """With its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
