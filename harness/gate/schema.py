"""The JSON schema of what `harness gate --json` prints. To write it anew: python -m harness.gate.schema."""

from typing import Final

import msgspec

from harness.gate.report import GateReport
from harness.model.folders import ROOT

PATH: Final = ROOT / "docs" / "gate.schema.json"
_HEAD: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "harness gate --json",
    "description": "One object. Fields may be added; a field keeps its name and its meaning.",
}


def schema() -> str:
    """As text, made from the structs: each time the same for the same structs."""
    made = {**_HEAD, **msgspec.json.schema(GateReport)}
    return msgspec.json.format(msgspec.json.encode(made, order="sorted"), indent=1).decode() + "\n"


if __name__ == "__main__":
    PATH.write_text(schema())
