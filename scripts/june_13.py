"""Writes the tables of mitigations and preventions into docs/june-13.md, between their markers.

    python scripts/june_13.py RUN [RUN …]

`RUN`: folders of runs of experiments/test_june_13_mitigations.py and test_june_13_preventions.py. Of a row that several
runs have, the last counts. The matrix has its own: ``python -m harness.bench.matrix --into DIR --write PAGE``.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from harness.history.store import read_outcome
from harness.model.outcome import RunOutcome
from harness.report.remedies import table

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "june-13.md"


def main(folders: list[str]) -> None:
    runs = [read_outcome(Path(folder)) for folder in folders]
    blocks = {name: block(name, experiment(f"test_june_13_{name}s"), runs) for name in ("mitigation", "prevention")}
    text = PAGE.read_text()
    for name, made in blocks.items():
        text = renewed(text, f"{name}s", made)
    PAGE.write_text(text)


def experiment(name: str) -> ModuleType:
    """The module: it knows what its rows and columns are called, and why each comes out as it does."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "experiments" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def block(test: str, module: ModuleType, runs: list[RunOutcome]) -> str:
    """The table, then why; and which runs it is from."""
    reasons = [f"- {module.ROWS[row]}: {why}" for row, why in module.WHY.items()]
    names = ", ".join(f"`{Path(run.run).name}`" for run in runs)
    return "\n".join([table(runs, test, module.COLUMNS, module.ROWS), "", *reasons, "", f"Runs: {names}."])


def renewed(text: str, name: str, made: str) -> str:
    """Raises `ValueError` where the markers are missing."""
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    return f"{text[: text.index(opening)]}{opening}\n{made}\n{text[text.index(closing) :]}"


if __name__ == "__main__":
    main(sys.argv[1:])
