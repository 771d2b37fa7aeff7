"""What lies in a site's folder before there is a pair.toml: every file that can be read, and why others cannot."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from harness.model.errors import UsageError
from harness.site import pair_file

MOST: Final = 2000
_TEMPLATES: Final = (".j2", ".jinja", ".jinja2", ".erb", ".tmpl", ".tpl")


class FoundFile(NamedTuple):
    """`source`: below the folder."""

    source: str
    content: bytes
    mode: int

    @property
    def name(self) -> str:
        return self.source.rpartition("/")[2]

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")


class Listing(NamedTuple):
    """`unread`: a sentence for each file that is there and was not read."""

    files: tuple[FoundFile, ...]
    unread: tuple[str, ...] = ()


def listing(folder: Path) -> Listing:
    """Hidden files and pair.toml are left out. Raises `UsageError` if `folder` is none, or has too many files."""
    if not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is no folder: name the one that has the site's files.")
    files, unread = [], []
    for source in _sources(folder):
        if source.endswith(_TEMPLATES):
            unread.append(f"{source} is a template: render it as your tool does, for each node.")
            continue
        try:
            files.append(FoundFile(source, *pair_file.read_below(folder, source)))
        except UsageError as error:
            unread.append(str(error))
    return Listing(tuple(files), tuple(unread))


def listing_of(folder: Path, sources: Iterable[str]) -> Listing:
    """Those files alone. Raises `UsageError` for one that cannot be read."""
    return Listing(tuple(FoundFile(each, *pair_file.read_below(folder, each)) for each in dict.fromkeys(sources)))


def _sources(folder: Path) -> list[str]:
    found: list[str] = []
    for source in _walk(folder):
        found.append(source)
        if len(found) > MOST:
            raise UsageError(f"{folder} has more than {MOST} files: copy the pair's own into a folder.")
    return sorted(found)


def _walk(folder: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):  # follows no link
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in names:
            source = (Path(parent) / name).relative_to(folder).as_posix()
            if not name.startswith(".") and source != pair_file.NAME and source.isprintable():
                yield source
