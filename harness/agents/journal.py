"""Every held op is written down, with the value that it will replace, before it is applied.

JSON Lines, append only, emptied when nothing is open. No fsync: what the journal protects against is the agent's
death, and whatever an op did is gone with the kernel. Entries of an earlier boot are therefore forgotten.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from harness.model.ops import AnyOp


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, tag="intent"):
    """Intent. `before`: what the op replaces, in the executor's own words ("" where undoing needs nothing)."""

    number: int
    boot_id: str
    holder: str
    op: AnyOp
    before: str = ""


class _OfBoot(msgspec.Struct, frozen=True):
    """As much of a line as every version writes."""

    boot_id: str = ""


class _Closed(msgspec.Struct, frozen=True, tag="closed"):
    number: int


_decode = msgspec.json.Decoder(Entry | _Closed).decode
_encode = msgspec.json.Encoder().encode


class Journal:
    """Opens `path` (its folder must exist). `left`: what an earlier life of this agent did not close, oldest first.

    `unread`: lines of this boot that this version of the agent does not understand. They are kept: one of them may
    stand for what is still in force.
    """

    def __init__(self, path: Path, boot_id: str) -> None:
        self._boot_id = boot_id
        entries, unread = _read(path)
        self.left = [entry for entry in entries if entry.boot_id == boot_id]
        self.unread = [line.decode(errors="replace") for line in unread if _boot_of(line) in ("", boot_id)]
        self._open = {entry.number for entry in self.left}
        self._number = max((entry.number for entry in entries), default=0)
        _rewrite(path, [*(line.encode() for line in self.unread), *(_encode(entry) for entry in self.left)])
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND)

    def intend(self, holder: str, op: AnyOp, before: str) -> int:
        """Writes an entry, returns its number."""
        self._number += 1
        self._open.add(self._number)
        self._write(Entry(self._number, self._boot_id, holder, op, before))
        return self._number

    def close(self, number: int) -> None:
        """The op was undone (or never applied). Idempotent."""
        if number not in self._open:
            return
        self._open.discard(number)
        if self._open or self.unread:
            self._write(_Closed(number))
        else:
            os.ftruncate(self._fd, 0)

    def _write(self, line: Entry | _Closed) -> None:
        os.write(self._fd, _encode(line) + b"\n")


def open_entries(path: Path) -> list[Entry]:
    """Entries without their close. A torn last line was never acted upon, since writing precedes acting."""
    return _read(path)[0]


def _read(path: Path) -> tuple[list[Entry], list[bytes]]:
    """Open entries, and the lines that are not understood."""
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
    """Empty if that is not to be read either."""
    try:
        return msgspec.json.decode(line, type=_OfBoot).boot_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _rewrite(path: Path, lines: Iterable[bytes]) -> None:
    """At once or not at all: what is written next must not follow a torn line."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(b"".join(line + b"\n" for line in lines))
    fresh.rename(path)
