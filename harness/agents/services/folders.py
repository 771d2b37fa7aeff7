"""The files of a node that a fault can change: each file of /etc by its content, programs by their folder."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from harness.agents.services.node_files import NodeFiles
from harness.model.ops import KEPT
from harness.model.survey import file_state

ONE_BY_ONE: Final = ("/etc",)
TOGETHER: Final = ("/usr/bin", "/usr/sbin", "/usr/local", "/usr/libexec", "/opt")
LARGEST: Final = 1 << 20
"""Bytes. A larger file is described by its size and date."""
_SKIPPED: Final = frozenset({"supervise", "__pycache__", "certs", "alternatives"})
"""Folders: runit's own state, what Python compiles, and thousands of links."""
_OF_THE_ENGINE: Final = frozenset({"mtab", "resolv.conf", "hosts", "hostname"})

Found = tuple[str, int, str]
"""(folder, its descriptor, a name in it)."""


def told(files: NodeFiles) -> Iterator[tuple[str, str]]:
    """(path, state). Links are not followed. Raises `OSError` for a node that ended."""
    for top in ONE_BY_ONE:
        for folder, fd, name in _walk(files, top):
            if name not in _OF_THE_ENGINE and (state := _state(fd, name)):
                yield f"{folder}/{name}", state
    for top in TOGETHER:
        if files.exists(top):
            yield from _program_folder(files, top)


def _program_folder(files: NodeFiles, top: str) -> Iterator[tuple[str, str]]:
    """As one thing, by sizes, modes and dates; and what an op keeps there of its own."""
    digest, count = hashlib.sha256(), 0
    for folder, fd, name in _walk(files, top):
        status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if name.endswith(KEPT):
            yield f"{folder}/{name}", _dated(status)
        else:
            digest.update(f"{folder}/{name} {_dated(status)}\n".encode(errors="surrogateescape"))
            count += 1
    yield f"programs in {top}", f"{count} files, {digest.hexdigest()[:12]}"


def _walk(files: NodeFiles, top: str) -> Iterator[Found]:
    with _opened(files, top) as root:
        for folder, folders, names, fd in os.fwalk(".", dir_fd=root):
            linked = [name for name in folders if stat.S_ISLNK(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)]
            folders[:] = sorted(set(folders) - _SKIPPED)
            yield from ((f"{top}{folder[1:]}", fd, name) for name in sorted((*names, *linked)))


@contextmanager
def _opened(files: NodeFiles, top: str) -> Iterator[int]:
    root = files.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield root
    finally:
        os.close(root)


def _state(folder: int, name: str) -> str:
    """Empty for a file that vanished meanwhile."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(name, dir_fd=folder)
            return f"link to {target.encode(errors='replace').decode()}"
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return _dated(status)
        return file_state(_read(folder, name), executable=bool(status.st_mode & 0o100))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            return ""
        raise


def _read(folder: int, name: str) -> bytes:
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        return os.read(fd, LARGEST)
    finally:
        os.close(fd)


def _dated(status: os.stat_result) -> str:
    return f"{status.st_size} bytes, mode {status.st_mode:o}, of {status.st_mtime_ns}"
