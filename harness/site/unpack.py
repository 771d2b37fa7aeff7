"""Unpacks what `harness collect` gathered on a node: regular files below one folder of the node's name, and no more."""

import io
import tarfile
from pathlib import Path, PurePosixPath
from typing import Final

from harness.model.errors import UsageError
from harness.site.listing import MOST
from harness.site.pair_file import LARGEST

LARGEST_ARCHIVE: Final = 50_000_000
"""Bytes of all files."""


def unpack(archive: Path, folder: Path) -> str:
    """The node's name; its files then lie in ``folder/NODE``. Nothing is written if anything is wrong.

    Raises `UsageError` for what is no such archive: a link, a path out of it, too many or too large files; and if
    ``folder/NODE`` is there.
    """
    try:
        files = _files(archive)
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise UsageError(f"{archive} cannot be read as an archive of `harness collect`: {error}.") from error
    nodes = {path.parts[0] for path in files}
    if len(nodes) != 1:
        raise UsageError(f"{archive} has the folders {', '.join(sorted(nodes)) or 'of no node'}; one node's is valid.")
    (node,) = nodes
    if (folder / node).exists() or (folder / node).is_symlink():
        raise UsageError(f"{folder / node} is there: remove it first, or unpack into another folder.")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return node


def _files(archive: Path) -> dict[PurePosixPath, bytes]:
    found: dict[PurePosixPath, bytes] = {}
    size = 0
    with tarfile.open(archive, "r|gz") as tar:  # a stream: sizes are known before anything is read
        for member in tar:
            if member.isdir():
                continue
            path, size = _checked(archive, member), size + member.size
            if size > LARGEST_ARCHIVE or len(found) >= MOST:
                raise UsageError(f"{archive} has more than {LARGEST_ARCHIVE} bytes or {MOST} files.")
            found[path] = (tar.extractfile(member) or io.BytesIO()).read()
    return found


def _checked(archive: Path, member: tarfile.TarInfo) -> PurePosixPath:
    path = PurePosixPath(member.name)
    if not member.isreg() or path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
        raise UsageError(f"{archive}: {member.name!r} is no regular file below a folder of the node.")
    if not member.name.isprintable() or path.parts[0].startswith((".", "-")):
        raise UsageError(f"{archive}: {member.name!r} is no name of a file.")
    if member.size > LARGEST:
        raise UsageError(f"{archive}: {member.name!r} has {member.size} bytes; at most {LARGEST} are read.")
    return path
