"""Which tests are run for a drawn mutant."""

from pathlib import Path

from scripts import draw_mutants
from scripts.covering import Covering
from scripts.draw_mutants import Drawn
from scripts.mutation import edits

EVERY = ["tests/unit/test_a.py", "tests/unit/test_b.py"]


def stages(folder: Path, *, quick: bool) -> list[list[str]]:
    drawn = Drawn("harness/model/b.py", next(iter(edits("LIMIT = 1\n"))))
    return list(draw_mutants.Tests(Covering(folder, ()), EVERY, quick).stages(drawn))


def test_a_mutant_that_no_test_runs_is_tried_by_all(tmp_path: Path) -> None:
    """Never by an empty list: pytest would then run everything that there is, labs and experiments too."""
    assert stages(tmp_path, quick=False) == [["tests/unit/test_b.py", "tests/unit/test_a.py"]]
    assert stages(tmp_path, quick=True) == [["tests/unit/test_b.py", "tests/unit/test_a.py"]]
