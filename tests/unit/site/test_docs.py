"""docs/lint.md names what there is: each key of pair.toml, each verdict with its exit status, each field of JSON."""

import re
from pathlib import Path

import msgspec

from harness.lint import EXIT, Finding
from harness.site import pair_file

TEXT = (Path(__file__).parents[3] / "docs" / "lint.md").read_text()


def rows(head: str) -> list[list[str]]:
    """The cells of the table under that heading."""
    _, _, rest = TEXT.partition(f"## {head}\n")
    lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_key_is_told_and_no_other() -> None:
    told = {re.sub(r"[`\[\]]|\.NODE", "", row[0]) for row in rows("pair.toml")}
    assert told == set(pair_file._Document.__struct_fields__)


def test_the_module_shows_them_too() -> None:
    shown = pair_file.__doc__ or ""
    keys = set(pair_file._Document.__struct_fields__) - {"bounds", "version"}
    assert {key for key in keys if not re.search(rf"^ +\[*{key}\b", shown, re.MULTILINE)} == set()


def test_every_verdict_and_its_status() -> None:
    assert {row[0].strip("`"): int(row[1]) for row in rows("Verdicts")} == EXIT


def test_every_field_of_a_finding() -> None:
    for field in msgspec.structs.fields(Finding):
        assert f"`{field.name}`" in TEXT
