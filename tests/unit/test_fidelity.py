"""docs/fidelity.md, and the table of docs/glbp.md: each row that claims a behaviour names a test that is there."""

import re
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "fidelity.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| behaviour")
]


def test_each_row_is_one_of_three_kinds() -> None:
    assert len(ROWS) >= 17
    assert {row[1] for row in ROWS} == {"real", "emulated", "left out"}


def test_each_claim_has_a_test() -> None:
    for behaviour, kind, _, test in ROWS:
        named = re.findall(r"`(tests/[\w/]+\.py)`", test)
        assert named or kind == "left out", behaviour
        assert all((ROOT / each).is_file() for each in named), behaviour


def test_each_claim_of_glbp_has_a_test() -> None:
    lines = (
        (ROOT / "docs" / "glbp.md").read_text().partition("| part | how | held by |\n|---|---|---|\n")[2].splitlines()
    )
    rows = [line.strip("|").split("|") for line in takewhile(lambda line: line.startswith("|"), lines)]
    functions = "".join(file.read_text() for file in (ROOT / "tests" / "unit" / "glbp").glob("test_*.py"))
    assert len(rows) >= 10
    for part, _, test in rows:
        files, named = re.findall(r"`(tests/[\w/]+\.py)`", test), re.findall(r"`(test_\w+)`", test)
        assert files or named or part.strip() == "left out", part
        assert all((ROOT / each).is_file() for each in files), part
        assert all(f"def {each}(" in functions for each in named), part
