"""Copies files into a container and out of it: as tar, over the engine's socket, with no bind mount.

No process in the container does it: on a busy machine that would take 20 times as long, and a container that is created
but not started has no process.
"""

import io
import tarfile
from collections.abc import Collection, Mapping
from typing import NamedTuple

from docker.errors import NotFound
from docker.models.containers import Container


class ContainerFile(NamedTuple):
    """A file of a container, and whether it is executable there."""

    text: str
    executable: bool


def pack(files: Mapping[str, str], executable: Collection[str] = ()) -> bytes:
    """A tar of path → text, to be unpacked at ``/``; unpacking also makes the folders."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(text.encode()), _mode(path, executable)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def fetch(container: Container, path: str) -> ContainerFile | None:
    """None if there is no such file."""
    try:
        pieces, _ = container.get_archive(path)
    except NotFound:
        return None
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        entry = archive.getmembers()[0]
        file = archive.extractfile(entry)
        return ContainerFile(file.read().decode(), bool(entry.mode & 0o100)) if file else None


def _mode(path: str, executable: Collection[str]) -> int:
    """keepalived.conf and the files that it includes may hold passwords (`auth_pass`): only root may read them."""
    if path in executable:
        return 0o755
    return 0o600 if path.startswith("/etc/keepalived/") and path.endswith(".conf") else 0o644
