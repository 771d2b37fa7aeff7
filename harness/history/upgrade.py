"""Reads runs of older schemas as runs of the present one. One upgrade per version, to the next version.

A run is upgraded in memory when it is read; its folder is never rewritten.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec

from harness.history import upgrade_1
from harness.model.errors import UsageError

SCHEMA: Final = 2

Document = dict[str, object]
"""One JSON object of an old schema. Only its upgrade knows its shape."""


class Upgrade(NamedTuple):
    """How the header (run.json), topology.json and each event of one schema become those of the next."""

    header: Callable[[Document], Document]
    topology: Callable[[Document], Document]
    event: Callable[[Document], Document]


UPGRADES: Final[dict[int, Upgrade]] = {1: Upgrade(upgrade_1.header, upgrade_1.topology, upgrade_1.event)}
"""Schema → the upgrade to the next. Schema 1 is the first."""


def schema_of(header: Document) -> int:
    """Raises `UsageError` for a run that a newer harness recorded, or without a schema."""
    schema = header.get("schema")
    if not isinstance(schema, int) or not 1 <= schema <= SCHEMA:
        raise UsageError(f"run.json has schema {schema!r}; this harness reads 1 to {SCHEMA}. Use a newer one.")
    return schema


def upgrade_header(header: Document) -> Document:
    for version in range(schema_of(header), SCHEMA):
        header = UPGRADES[version].header(header)
    return header | {"schema": SCHEMA}


def upgrade_topology(schema: int, topology: Document) -> Document:
    """Raises `UsageError` if the topology does not fit its schema."""
    for version in range(schema, SCHEMA):
        topology = UPGRADES[version].topology(topology)
    return topology


def upgrade_events(schema: int, lines: Iterable[bytes]) -> Iterable[bytes]:
    """The lines as today's schema writes them. A line that is no JSON object is not changed: the reader counts it."""
    if schema == SCHEMA:
        return lines
    return (_upgrade_line(schema, line) for line in lines)


def _upgrade_line(schema: int, line: bytes) -> bytes:
    try:
        event = msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return line  # torn: counted by the reader
    for version in range(schema, SCHEMA):
        event = UPGRADES[version].event(event)
    return msgspec.json.encode(event)
