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
        told = _json(text, known)
        return _as_text(text, known) if told is None else msgspec.json.format(told).decode()
    if suffix == _LINES:  # not splitlines: a text in JSON may have a U+2028 as it is
        return "\n".join(_line(line, known) for line in text.split("\n"))
    return without(text, known)


def _line(line: str, known: tuple[str, ...]) -> str:
    if not any(secret in line or _in_json(secret) in line for secret in known):
        return line
    told = _json(line, known)
    return _as_text(line, known) if told is None else told.decode()


def _json(text: str, known: tuple[str, ...]) -> bytes | None:
    """None if it is no JSON, such as a line that was not written to its end."""
    try:
        return msgspec.json.encode(value_without(msgspec.json.decode(text), known))
    except (msgspec.DecodeError, UnicodeError):
        return None


def _as_text(text: str, known: tuple[str, ...]) -> str:
    return without(text, dict.fromkeys(form for secret in known for form in (secret, _in_json(secret))))


def _in_json(secret: str) -> str:
    return msgspec.json.encode(secret).decode()[1:-1]


def _write(path: Path, text: str) -> None:
    path.write_text(text, errors="surrogateescape")


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
