"""A run's folder without the site's passwords and keys: people attach it to tickets, and pipelines keep it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.site.secrets import redacted, value_without, without

_LINES: Final = ".jsonl"
_FORMATTED: Final = ".json"
_TEXTS: Final = (".log", ".txt", ".xml")
_CONFIGURATION: Final = "configuration"


def redact_configuration(run: Path) -> None:
    """The files of the nodes that the run keeps; each password by its place."""
    for path in _files(run / _CONFIGURATION):
        _write(path, redacted(path.read_text(errors="surrogateescape")))


def redact(run: Path, known: tuple[str, ...]) -> None:
    """All of it. `known`: `harness.site.secrets.secrets`. Once nothing writes there any more."""
    redact_configuration(run)
    for path in _files(run):
        text = path.read_text(errors="surrogateescape") if path.suffix in (_LINES, _FORMATTED, *_TEXTS) else ""
        if any(secret in text or _in_json(secret) in text for secret in known):
            _write(path, _of(path.suffix, text, known))


def _of(suffix: str, text: str, known: tuple[str, ...]) -> str:
    if suffix == _FORMATTED:
        return msgspec.json.format(_json(text, known)).decode()
    if suffix == _LINES:
        return "".join(_line(line, known) for line in text.splitlines(keepends=True))
    return without(text, known)


def _line(line: str, known: tuple[str, ...]) -> str:
    touched = any(secret in line or _in_json(secret) in line for secret in known)
    return f"{_json(line, known).decode()}\n" if touched and line.endswith("\n") else line


def _json(text: str, known: tuple[str, ...]) -> bytes:
    return msgspec.json.encode(value_without(msgspec.json.decode(text), known))


def _in_json(secret: str) -> str:
    return msgspec.json.encode(secret).decode()[1:-1]


def _write(path: Path, text: str) -> None:
    path.write_text(text, errors="surrogateescape")


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
