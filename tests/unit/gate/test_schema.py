"""The published schema is that of the structs, and the wheel needs no file for it."""

import json

from harness.gate.report import EXIT
from harness.gate.schema import PATH, schema


def test_the_published_schema_is_up_to_date() -> None:
    assert PATH.read_text() == schema(), "write it anew: python -m harness.gate.schema"


def test_it_says_what_a_pipeline_reads() -> None:
    made = json.loads(schema())
    report = made["$defs"]["GateReport"]
    assert report["required"] == ["verdict", "sentence"]
    assert set(report["properties"]["verdict"]["enum"]) == set(EXIT)
    recovery = made["$defs"]["Tried"]["properties"]["recovery_s"]
    assert recovery["additionalProperties"]["items"] == {"anyOf": [{"type": "number"}, {"type": "null"}]}
