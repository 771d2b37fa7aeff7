"""Every held op is written down, with the value that it will replace, before it is applied.

JSON Lines, append only, emptied when nothing is open. No fsync: what the journal protects against is the agent's
death, and whatever an op did is gone with the kernel. Entries of an earlier boot are therefore forgotten.
"""

import os
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


class _Closed(msgspec.Struct, frozen=True, tag="closed"):
    number: int


_decode = msgspec.json.Decoder(Entry | _Closed).decode
_encode = msgspec.json.Encoder().encode


class Journal:
    """Opens `path` (its folder must exist). `left`: what an earlier life of this agent did not close, oldest first."""

    def __init__(self, path: Path, boot_id: str) -> None:
        self._boot_id = boot_id
        self.left = [entry for entry in open_entries(path) if entry.boot_id == boot_id]
        self._open = {entry.number for entry in self.left}
        self._number = max(self._open, default=0)
        _rewrite(path, self.left)
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
        if self._open:
            self._write(_Closed(number))
        else:
            os.ftruncate(self._fd, 0)

    def _write(self, line: Entry | _Closed) -> None:
        os.write(self._fd, _encode(line) + b"\n")


def open_entries(path: Path) -> list[Entry]:
    """Entries without their close. A torn last line was never acted upon, since writing precedes acting."""
    entries: dict[int, Entry] = {}
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    for line in lines[:-1]:
        item = _decode(line)
        if isinstance(item, Entry):
            entries[item.number] = item
        else:
            entries.pop(item.number, None)
    return list(entries.values())


def _rewrite(path: Path, entries: list[Entry]) -> None:
    """At once or not at all: what is written next must not follow a torn line."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(b"".join(_encode(entry) + b"\n" for entry in entries))
    fresh.rename(path)
