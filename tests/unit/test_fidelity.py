"""docs/fidelity.md: each row that claims a behaviour names a test that is there."""

import re
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
