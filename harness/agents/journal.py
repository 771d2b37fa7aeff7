"""The agent writes each held op, with the value that it will replace, to the journal before it applies the op.

JSON Lines, append only, emptied when no entry is open. No fsync: the journal protects against the end of the agent. The
effect of an op ends with the kernel, so entries of an earlier boot are ignored.
"""

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from harness.model.ops import AnyOp


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, tag="intent"):
    """Intent. `before`: what the op replaces, in the executor's own form ("" if the undo needs nothing)."""

    number: int
    boot_id: str
    holder: str
    op: AnyOp
    before: str = ""


class _OfBoot(msgspec.Struct, frozen=True):
    """The part of a line that every version writes."""

    boot_id: str = ""


class _Closed(msgspec.Struct, frozen=True, tag="closed"):
    number: int


_decode = msgspec.json.Decoder(Entry | _Closed).decode
_encode = msgspec.json.Encoder().encode


class Journal:
    """Opens `path` (its folder must exist). `left`: what an earlier process of this agent did not close, oldest first.

    A boot ends every op but those in files of a node.

    `unread`: lines of this boot that this version of the agent cannot decode. They are kept: one of them may be an op
    that is still held.
    """

    def __init__(self, path: Path, boot_id: str) -> None:
        self._path = path
        self._boot_id = boot_id
        entries, unread = _read(path)
        self.left = [entry for entry in entries if entry.boot_id == boot_id or entry.op.outlives_node]
        self.unread = [line.decode(errors="replace") for line in unread if _boot_of(line) in ("", boot_id)]
        self._open = {entry.number for entry in self.left}
        self._number = max((entry.number for entry in entries), default=0)
        _rewrite(path, [*(line.encode() for line in self.unread), *(_encode(entry) for entry in self.left)])
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND)

    def intend(self, holder: str, op: AnyOp, before: str) -> int:
        """Writes an entry, returns its number. Raises `OSError` if it is not written as a whole: no op may follow."""
        self._number += 1
        self._write(Entry(self._number, self._boot_id, holder, op, before))
        self._open.add(self._number)
        return self._number

    def close(self, number: int) -> None:
        """The op was undone (or never applied). Idempotent. On a full disk the entry stays: to undo twice is safe."""
        if number not in self._open:
            return
        self._open.discard(number)
        if self._open or self.unread:
            with suppress(OSError):
                self._write(_Closed(number))
        else:
            os.ftruncate(self._fd, 0)

    def _write(self, line: Entry | _Closed) -> None:
        """As a whole or not at all: the next line must not continue a torn one, which would be lost with it."""
        text, before = _encode(line) + b"\n", os.fstat(self._fd).st_size
        if os.write(self._fd, text) < len(text):
            os.ftruncate(self._fd, before)
            raise OSError(errno.ENOSPC, "the journal cannot be written", str(self._path))


def open_entries(path: Path) -> list[Entry]:
    """Entries that are not closed. A torn last line is ignored: the agent writes an entry before it acts."""
    return _read(path)[0]


def _read(path: Path) -> tuple[list[Entry], list[bytes]]:
    """Open entries, and the lines that cannot be decoded."""
    entries, unread = dict[int, Entry](), list[bytes]()
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    for line in lines[:-1]:
        try:
            item = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            unread.append(line)
            continue
        if isinstance(item, Entry):
            entries[item.number] = item
        else:
            entries.pop(item.number, None)
    return list(entries.values()), unread


def _boot_of(line: bytes) -> str:
    """Empty if it is not readable either."""
    try:
        return msgspec.json.decode(line, type=_OfBoot).boot_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _rewrite(path: Path, lines: Iterable[bytes]) -> None:
    """Atomic: the next entry must not follow a torn line."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(b"".join(line + b"\n" for line in lines))
    fresh.rename(path)
