"""What msgspec says of a key that no table has, with the keys that it has."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from harness.model.errors import UnknownName

_UNKNOWN: Final = re.compile(r"Object contains unknown field `([^`]*)`(?: - at `\$\.(\w+)(?:\[.*\])?`)?")


def explained(said: str, tables: Mapping[str, type[msgspec.Struct]]) -> str:
    """`tables`: name → what it may have; "" is the document itself. Other messages stay as they are."""
    found = _UNKNOWN.fullmatch(said)
    table = tables.get(found[2] or "") if found else None
    if found is None or table is None:
        return f"{said}."
    return f"{found[2]}: {_unknown(found[1], table)}" if found[2] else _unknown(found[1], table)


def _unknown(name: str, table: type[msgspec.Struct]) -> str:
    return str(UnknownName("key", name, table.__struct_fields__))
