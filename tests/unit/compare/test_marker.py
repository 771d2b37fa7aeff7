"""What experiments declare is checked when pytest collects them, before any lab starts."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEST = """
import pytest

@pytest.mark.gate
@pytest.mark.compares({declared})
def test_it(trials): ...
"""


def collected(path: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        str(path),
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "declared, status, words",
    [
        ('"blip recovery customer-1", "blip transitions"', 0, "test_it"),
        ('"blip speed customer-1"', 4, "valid is STEP recovery VANTAGE"),
        pytest.param(
            ", ".join(f'"blip recovery c-{n}"' for n in range(7)),
            4,
            "7 comparisons are declared, at most 6",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_a_declaration_is_checked_when_it_is_collected(tmp_path: Path, declared: str, status: int, words: str) -> None:
    (tmp_path / "test_mine.py").write_text(TEST.format(declared=declared))
    ended = collected(tmp_path / "test_mine.py")
    assert ended.returncode == status, ended.stderr
    assert words in ended.stdout + ended.stderr


def test_the_experiments_of_this_project_declare_what_there_is() -> None:
    ended = collected(ROOT / "experiments")
    assert ended.returncode == 0, ended.stdout + ended.stderr
