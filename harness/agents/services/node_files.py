"""Files of a node, by /proc/PID/root: links are followed as the node itself follows them, and never out of the node.

A process in a node may put a link where the agent expects a file. The kernel would resolve an absolute link in the
agent's own root, where /proc/1/root is the host's: hence openat2(2) with RESOLVE_IN_ROOT for every open below a node's
root. A FIFO or a huge file in place of a file is an error: the agent does not wait for it.
"""

import contextlib
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
_REFUSED: Final = (errno.ENOSYS, errno.EPERM, errno.EAGAIN)  # no such call; older seccomp profiles; a path that changes
_MOST_LINKS: Final = 40
_syscall: Final = ctypes.CDLL(None, use_errno=True).syscall


@dataclass(frozen=True)
class NodeFiles:
    """`root`: the node's root directory as the agent names it. Every method raises `OSError`; paths are the node's."""

    root: str

    @classmethod
    def of(cls, init: int) -> "NodeFiles":
        """`init`: the node's PID 1 as the host numbers it. `FileNotFoundError` or `ProcessLookupError`: it is gone."""
        return cls(f"/proc/{init}/root")

    def open(self, path: str, flags: int) -> int:
        """Opens what exists, of any kind. Without O_NONBLOCK the open of a FIFO may wait for its other end."""
        root = os.open(self.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return _opened(root, path.lstrip("/") or ".", flags | os.O_CLOEXEC)
        finally:
            os.close(root)

    @contextmanager
    def at(self, path: str) -> Iterator[int]:
        """A descriptor (O_PATH) of what is there, closed at the end of the context."""
        found = self.open(path, os.O_PATH)
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

    def there(self, path: str) -> bool:
        """Is there an entry of that name? A link counts, wherever it leads."""
        try:
            with self._parent(path) as (folder, name):
                os.stat(name, dir_fd=folder, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
            return False
        return True

    def chmod(self, path: str, mode: int) -> None:
        with self.path(path) as own_path:
            os.chmod(own_path, mode)  # noqa: PTH101 - a descriptor's path

    def names(self, folder: str) -> list[str]:
        fd = self.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return sorted(os.listdir(fd))  # noqa: PTH208 - a descriptor
        finally:
            os.close(fd)

    def read(self, path: str) -> bytes:
        """A regular file of at most `LARGEST` bytes. Ten calls a second for each service: hence no file object."""
        fd = self.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return os.read(fd, _size(fd, path))
        finally:
            os.close(fd)

    def write(self, path: str, content: str) -> None:
        """Replaces the content of a file; its owner and its mode stay."""
        with os.fdopen(self.open(path, os.O_RDWR | os.O_NONBLOCK), "wb") as file:
            _size(file.fileno(), path)
            file.truncate()
            file.write(content.encode(errors="surrogateescape"))

    def create(self, path: str, content: str) -> None:
        """A file that must not exist; a link, even one that leads nowhere, exists."""
        with os.fdopen(self._made(path, os.O_WRONLY | os.O_EXCL), "w", errors="surrogateescape") as file:
            file.write(content)

    def append(self, path: str, content: str) -> None:
        """To a file, which is created if it is missing."""
        made = self._made(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
        with os.fdopen(made, "w", errors="surrogateescape") as file:
            file.write(content)

    def remove(self, path: str) -> None:
        """No error if it is missing."""
        try:
            with self._parent(path) as (folder, name):
                os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            return

    def make_folder(self, path: str) -> None:
        """It must not exist; the folder above must."""
        with self._parent(path) as (folder, name):
            os.mkdir(name, 0o755, dir_fd=folder)

    def remove_tree(self, path: str) -> None:
        """A folder and all that is in it; links are removed, and not followed. No error for what vanishes meanwhile."""
        with self.at(path) as top:
            inside = os.open(_again(top), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for _, folders, names, fd in os.fwalk(".", topdown=False, dir_fd=inside):
                for name in names:
                    _unlinked(name, fd)
                for name in folders:
                    _unlinked(name, fd, folder=True)
        finally:
            os.close(inside)
        with self._parent(path) as (folder, name):
            _unlinked(name, folder, folder=True)

    def replace(self, path: str, by: str) -> None:
        """Renames `by` to `path`, atomically."""
        with self._parent(by) as (source, old), self._parent(path) as (target, new):
            os.replace(old, new, src_dir_fd=source, dst_dir_fd=target)

    @contextmanager
    def path(self, path: str) -> Iterator[str]:
        """A path for this process, valid during the context: for a library that opens the file itself."""
        with self.at(path) as found:
            yield _again(found)

    def connect(self, connection: socket.socket, path: str) -> None:
        """To the Unix socket at `path`."""
        with self.path(path) as own_path:
            connection.connect(own_path)

    def _made(self, path: str, flags: int) -> int:
        with self._parent(path) as (folder, name):
            return os.open(name, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder)

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        folder, _, name = path.rpartition("/")
        with self.at(folder) as found:
            yield found, name


def _again(found: int) -> str:
    """A path of this process to exactly the file of an O_PATH descriptor."""
    return f"/proc/self/fd/{found}"


def _unlinked(name: str, within: int, *, folder: bool = False) -> None:
    """A link to a folder is listed as a folder, and is a file."""
    with contextlib.suppress(FileNotFoundError):
        if folder and not stat.S_ISLNK(os.stat(name, dir_fd=within, follow_symlinks=False).st_mode):
            os.rmdir(name, dir_fd=within)
        else:
            os.unlink(name, dir_fd=within)


def _size(fd: int, path: str) -> int:
    """Bytes. Raises `OSError` if it is no regular file, or larger than `LARGEST`."""
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    if status.st_size > LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return status.st_size


def _opened(root: int, path: str, flags: int) -> int:
    if not _has_openat2():
        return _walked(root, path, flags)
    fd = _openat2(root, path, flags)
    if fd >= 0:
        return fd
    code = ctypes.get_errno()
    if code in _REFUSED:
        return _walked(root, path, flags)
    raise OSError(code, os.strerror(code), path)


@functools.cache
def _has_openat2() -> bool:
    """It needs Linux 5.6, and a seccomp profile that allows it."""
    here = os.open("/", os.O_PATH | os.O_CLOEXEC)
    fd = _openat2(here, ".", os.O_PATH)
    os.close(here)
    if fd >= 0:
        os.close(fd)
    return fd >= 0


def _openat2(root: int, path: str, flags: int) -> int:
    how = _HOW.pack(flags, 0, _IN_ROOT | _NO_MAGICLINKS)
    return int(_syscall(_OPENAT2, root, os.fsencode(path), how, len(how)))


def _walked(root: int, path: str, flags: int) -> int:
    found = _walk(root, path)
    if flags & os.O_PATH:
        return found
    try:
        return os.open(_again(found), flags)
    finally:
        os.close(found)


def _walk(root: int, path: str) -> int:
    """The same without openat2(2): opens one name after the other; the kernel follows no link."""
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
    """Removes the link at the trail's end, and all but the root if it is absolute. Returns the link's target."""
    if links > _MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    target = os.readlink("", dir_fd=trail[-1])
    _up(trail)
    while target.startswith("/") and len(trail) > 1:
        _up(trail)
    return target


def _up(trail: list[int]) -> None:
    """To the parent folder; the parent of the root is the root."""
    if len(trail) > 1:
        os.close(trail.pop())
