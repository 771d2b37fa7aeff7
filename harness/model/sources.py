"""The files of a configuration's folder that nodes get. A file that no node would get is refused by name."""

import difflib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.model.errors import UsageError

TEMPLATE: Final = ".j2"
FOR_THE_HARNESS: Final = ("about.md", "settings.toml")


class Source(msgspec.Struct, frozen=True):
    """One file. `shown`: its path as people know it. `own`: not one of the configuration `default`."""

    shown: str
    text: str
    own: bool
    template: bool
    executable: bool


def service_of(path: str) -> str:
    """/etc/keepalived/keepalived.conf belongs to the service ``keepalived``."""
    return path.split("/")[2]


def read_sources(folder: Path, files: Collection[str], shown: str, *, own: bool = False) -> dict[str, Source]:
    """FILE or NODE/FILE → what `folder` has of `files`. Raises `UsageError` for anything else that is in it."""
    found: dict[str, Source] = {}
    for path in _visible(folder):
        place = str(path.relative_to(folder))
        if place in FOR_THE_HARNESS:
            continue
        name = path.name.removesuffix(TEMPLATE)
        if name not in files or path.is_dir():
            raise UsageError(_for_no_node(f"{shown}/{place}", path.name, files))
        key = place.removesuffix(TEMPLATE)
        if key in found:
            raise UsageError(f"{shown} has both {key} and {key}{TEMPLATE}: keep the one that is meant.")
        text, executable = read_text(path), bool(path.stat().st_mode & 0o100)
        found[key] = Source(f"{shown}/{place}", text, own, path.name.endswith(TEMPLATE), executable)
    return found


def _visible(folder: Path) -> Iterator[Path]:
    """Its files, and what is in its folders. What begins with a dot is an editor's or a version control's."""
    for path in sorted(folder.iterdir()):
        if not path.name.startswith("."):
            yield from sorted(path.glob("[!.]*")) if path.is_dir() else (path,)


def _for_no_node(shown: str, name: str, files: Collection[str]) -> str:
    """A misspelt name is an error: else the default's file would be used instead."""
    near = difflib.get_close_matches(name, files, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return (
        f"{shown} would go to no node.{hint} Valid: {', '.join(sorted([*FOR_THE_HARNESS, *files]))}; a template has "
        f"{TEMPLATE} at its end, NODE/FILE is for one node. Name further files of a node in settings.toml: "
        f'[files."{name}"] kind = "balancer", path = "/etc/keepalived/{name}".'
    )


def read_text(path: Path) -> str:
    """With its line ends as they are. Raises `UsageError` naming the file."""
    try:
        if path.exists() and not path.is_file():  # a FIFO would be waited for, a device never ends
            raise UsageError(f"{path} is no regular file.")
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not a text in UTF-8: {error}.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
