"""Files of a node, by /proc/PID/root: links are followed as the node itself would follow them, and never out of it.

Whoever runs code in a node may put a link where the agent expects a file. The kernel would resolve an absolute one in
the agent's own root, where /proc/1/root is the host's: hence openat2(2) with RESOLVE_IN_ROOT for whatever is opened
below a node's root. A FIFO or a huge file in place of a file is an error, not a wait.
"""

import ctypes
import errno
import functools
import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 16 << 20

_OPENAT2: Final = 437  # of every architecture
_NO_MAGICLINKS, _IN_ROOT = 0x02, 0x10  # linux/openat2.h: RESOLVE_*
_HOW: Final = struct.Struct("=QQQ")  # struct open_how: flags, mode, resolve
_REFUSED: Final = (errno.ENOSYS, errno.EPERM, errno.EAGAIN)  # no such call; older seccomp profiles; a path in motion
_MOST_LINKS: Final = 40
_syscall: Final = ctypes.CDLL(None, use_errno=True).syscall


@dataclass(frozen=True)
class NodeFiles:
    """`root`: the node's root directory as the agent names it. Every method raises `OSError`; paths are the node's."""

    root: str

    @classmethod
    def of(cls, init: int) -> "NodeFiles":
        """Of the node whose PID 1 the host numbers so. `FileNotFoundError` or `ProcessLookupError`: it is gone."""
        return cls(f"/proc/{init}/root")

    @contextmanager
    def at(self, path: str) -> Iterator[int]:
        """A descriptor (O_PATH) of what is there; nothing of the node stays open."""
        root = os.open(self.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            found = _resolve(root, path.lstrip("/") or ".")
        finally:
            os.close(root)
        try:
            yield found
        finally:
            os.close(found)

    def stat(self, path: str) -> os.stat_result:
        with self.at(path) as found:
            return os.fstat(found)

    def exists(self, path: str) -> bool:
        """False also where a link leads nowhere."""
        try:
            self.stat(path)
        except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
            return False
        return True

    def open(self, path: str, flags: int) -> int:
        """What exists, whatever it is. Without O_NONBLOCK a FIFO may wait for its other end."""
        with self.at(path) as found:
            return os.open(_again(found), flags | os.O_CLOEXEC)

    def names(self, folder: str) -> list[str]:
        fd = self.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return sorted(os.listdir(fd))  # noqa: PTH208 - a descriptor
        finally:
            os.close(fd)

    def read(self, path: str) -> bytes:
        """A regular file of at most `LARGEST` bytes."""
        with os.fdopen(self._regular(path, os.O_RDONLY), "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return content

    def write(self, path: str, content: str) -> None:
        """Instead of what the file says; its owner and its mode stay."""
        with os.fdopen(self._regular(path, os.O_WRONLY | os.O_TRUNC), "w", errors="surrogateescape") as file:
            file.write(content)

    def create(self, path: str, content: str) -> None:
        """A file that must not exist; a link, even one that leads nowhere, exists."""
        with os.fdopen(self._made(path, os.O_WRONLY | os.O_EXCL), "w", errors="surrogateescape") as file:
            file.write(content)

    def append(self, path: str, content: str) -> None:
        """To a file, which is made if it is not there."""
        made = self._made(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
        with os.fdopen(made, "w", errors="surrogateescape") as file:
            file.write(content)

    def remove(self, path: str) -> None:
        """Repeatable."""
        try:
            with self._parent(path) as (folder, name):
                os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            return

    def replace(self, path: str, by: str) -> None:
        """`by` takes the place of `path`, at once."""
        with self._parent(by) as (source, old), self._parent(path) as (target, new):
            os.replace(old, new, src_dir_fd=source, dst_dir_fd=target)

    @contextmanager
    def path(self, path: str) -> Iterator[str]:
        """What this process may call it, for as long as the context lasts: for a library that opens it itself."""
        with self.at(path) as found:
            yield _again(found)

    def connect(self, connection: socket.socket, path: str) -> None:
        """To the Unix socket at `path`."""
        with self.path(path) as ours:
            connection.connect(ours)

    def _regular(self, path: str, flags: int) -> int:
        with self.at(path) as found:
            if not stat.S_ISREG(os.fstat(found).st_mode):
                raise OSError(errno.EINVAL, "not a regular file", path)
            return os.open(_again(found), flags | os.O_CLOEXEC)

    def _made(self, path: str, flags: int) -> int:
        with self._parent(path) as (folder, name):
            return os.open(name, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder)

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        folder, _, name = path.rpartition("/")
        with self.at(folder) as found:
            yield found, name


def _again(found: int) -> str:
    """What an O_PATH descriptor stands for, as a path of this process that leads nowhere else."""
    return f"/proc/self/fd/{found}"


def _resolve(root: int, path: str) -> int:
    if not _has_openat2():
        return _walk(root, path)
    fd = _openat2(root, path)
    if fd >= 0:
        return fd
    code = ctypes.get_errno()
    if code in _REFUSED:
        return _walk(root, path)
    raise OSError(code, os.strerror(code), path)


@functools.cache
def _has_openat2() -> bool:
    """Linux 5.6, and a seccomp profile that knows it."""
    here = os.open("/", os.O_PATH | os.O_CLOEXEC)
    fd = _openat2(here, ".")
    os.close(here)
    if fd >= 0:
        os.close(fd)
    return fd >= 0


def _openat2(root: int, path: str) -> int:
    how = _HOW.pack(os.O_PATH | os.O_CLOEXEC, 0, _IN_ROOT | _NO_MAGICLINKS)
    return int(_syscall(_OPENAT2, root, os.fsencode(path), how, len(how)))


def _walk(root: int, path: str) -> int:
    """The same without openat2(2): one name after the other, and no link is followed by the kernel."""
    trail, names, links = [os.dup(root)], path.split("/")[::-1], 0
    try:
        while names:
            name = names.pop()
            if name == "..":
                _up(trail)
            elif name not in ("", "."):
                found = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=trail[-1])
                trail.append(found)
                if stat.S_ISLNK(os.fstat(found).st_mode):
                    links += 1
                    names += _target(trail, links).split("/")[::-1]
        return trail.pop()
    finally:
        for fd in trail:
            os.close(fd)


def _target(trail: list[int], links: int) -> str:
    """Where the link at the trail's end leads, which is taken off: the whole trail but the root if it is absolute."""
    if links > _MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    target = os.readlink("", dir_fd=trail[-1])
    _up(trail)
    while target.startswith("/") and len(trail) > 1:
        _up(trail)
    return target


def _up(trail: list[int]) -> None:
    """To the folder above; above the root is the root."""
    if len(trail) > 1:
        os.close(trail.pop())
