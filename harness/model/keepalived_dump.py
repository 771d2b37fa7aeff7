"""Reads from keepalived's text dump (SIGUSR1, keepalived.data) the settings that the running keepalived uses.

In the dump keepalived has resolved everything: ``@NODE`` conditions, ``$`` definitions, includes, ``~SEQ``, defaults,
and lines that it dropped. The rules fit 2.2.7 and 2.3.3 (tests/data/dumps); a line that another release adds is kept
in `other`. The dump has passwords: they are left out.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from harness.model.dump_rules import BFD, FILE, GROUP, INSTANCE, PROCESS, SCRIPT, UNUSED, Fields, Rules, value
from harness.model.dump_values import seconds
from harness.model.keepalived_records import Line, Record, Records, read_records
from harness.model.running_keepalived import (
    RunningKeepalived,
    SyncGroup,
    TrackBfd,
    TrackFile,
    TrackProcess,
    TrackScript,
)
from harness.model.vrrp_instance import VrrpInstance

_S = TypeVar("_S", bound=msgspec.Struct)

_ALWAYS: Final = ("Global definitions", "VRRP Topology", "Interfaces")
"""The sections of every dump. The last one comes after all that is read here."""

_HEADS: Final = {
    "VRRP Topology": "VRRP Instance",
    "VRRP Sync groups": "VRRP Sync Group",
    "VRRP Scripts": "VRRP Script",
    "VRRP Track files": "Track file",
    "VRRP Track processes": "VRRP Track process",
    "VRRP Track BFDs": "VRRP Track BFD",
}
"""Section → how each record in it begins. A line of another beginning would split a record in two."""

_GLOBAL: Final[Rules] = {
    "Router ID": value("router_id"),
    "vrrp_startup_delay": value("startup_delay_ns", seconds),
}


class DumpReading(msgspec.Struct, frozen=True):
    """`missing`: what a complete dump has, and is absent or not understood here; empty if the dump is complete."""

    running: RunningKeepalived
    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.missing


def read_dump(text: str, mark: Callable[[str], str] = lambda _: "") -> DumpReading:
    """Reads any text. `mark`: a password → a mark in its place, so that two passwords can be compared."""
    reader = _Reader(read_records(text))
    instance = {**INSTANCE, "Password": value("password", mark)}
    running = msgspec.structs.replace(
        reader.globals(),
        instances=reader.all(VrrpInstance, instance, "VRRP Instance"),
        groups=reader.all(SyncGroup, GROUP, "VRRP Sync Group"),
        scripts=reader.all(TrackScript, SCRIPT, "VRRP Script"),
        files=reader.all(TrackFile, FILE, "Track file"),
        processes=reader.all(TrackProcess, PROCESS, "VRRP Track process"),
        bfds=reader.all(TrackBfd, BFD, "VRRP Track BFD"),
    )
    return DumpReading(running, (*reader.missing, *([] if running.instances else ["an instance"]), *reader.unwritten))


class _Reader:
    """`missing` grows while records are read."""

    def __init__(self, found: Records) -> None:
        self._found = found
        self.missing = [
            f"{record.section}: {record.kind!r} is not understood"
            for record in found.records
            if record.kind != _HEADS.get(record.section, record.kind)
        ]
        self.unwritten = [f"the section {name}" for name in _ALWAYS if name not in found.sections]

    def all(self, kind: type[_S], rules: Rules, head: str) -> tuple[_S, ...]:
        read = (self._read(kind, rules, record) for record in self._found.records if record.kind == head)
        return tuple(struct for struct in read if struct is not None)

    def globals(self) -> RunningKeepalived:
        """A start delay that is not there is not configured; a router ID always is."""
        read = ("", "Global definitions", *_HEADS)
        fields: Fields = {"other": tuple(line for section, line in self._found.strays if section in read)}
        for record in self._found.records:
            if record.section == "Global definitions":
                line = Line(record.kind, record.kind, record.name)
                self._take(_GLOBAL, line, fields, "global_defs")
        if "router_id" not in fields:
            self.missing.append("a router ID")
        return msgspec.convert(fields, RunningKeepalived)

    def _read(self, kind: type[_S], rules: Rules, record: Record) -> _S | None:
        """None, and noted as missing, where a field is not told that must be."""
        name = record.name.rpartition(", ")[0] if kind is SyncGroup else record.name  # ", MASTER"
        fields: Fields = {"name": name}
        other = [line for line in record.lines if not self._take(rules, line, fields, name)]
        fields["other"] = tuple(" / ".join([line.text, *line.items]) for line in other)
        try:
            return msgspec.convert(fields, kind)
        except msgspec.ValidationError as error:
            self.missing.append(f"{record.kind} {name}: {error}")
            return None

    def _take(self, rules: Rules, line: Line, fields: Fields, of: str) -> bool:
        """False: it belongs to `other`."""
        if line.key not in rules:
            return line.text.startswith(UNUSED) and (not line.items or line.text.endswith(":"))
        try:
            _merge(fields, rules[line.key](line))
        except ValueError:
            self.missing.append(f"{of}: {line.text!r} is not understood")
            return line.key == "Password"  # which must not get into `other`
        return True


def _merge(fields: Fields, told: Fields) -> None:
    """Lists of several lines are one list. `ValueError` for a field that is told twice: two records became one."""
    for field, new in told.items():
        if isinstance(new, tuple):
            before = fields.get(field, ())
            assert isinstance(before, tuple), f"{field} is a list always or never"
            fields[field] = before + new
        elif field in fields:
            raise ValueError(field)
        else:
            fields[field] = new
