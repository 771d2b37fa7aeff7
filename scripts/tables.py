"""Keeps results in docs/runs, and makes the tables of docs/ from them; a test fails while they differ.

Cells that `harness explain` quotes are copied to harness/explain/measured.json.

    python scripts/tables.py [RESULT …]

The scripts that docs/ names for their tables (`scripts/outcomes.py`) write docs/runs themselves, with ``--keep``.
`RESULT`: the folder of a run, the result of a soak's part (DIR/PART.json), the folder of a matrix (DIR/matrix), or
.harness/bench.json. If several runs have the same row, the last counts. Without a RESULT, only the tables are made.
"""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

import msgspec

from harness.bench.matrix import result as matrix
from harness.bench.matrix.table import table as matrix_table
from harness.bench.report import PartReport, Report, markdown, report
from harness.bench.soaking import SoakResult
from harness.explain import _cells as cells
from harness.history.store import read_outcome
from harness.model.outcome import RunOutcome, decode_outcome
from harness.report import measured, remedies
from harness.report.kept import merged, small
from scripts import model_tables as model
from scripts import outcome_tables as of
from scripts import outcomes
from scripts.outcomes import RUNS

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs"

DURATIONS: Final = "durations.json"
RECOVERY: Final = {f"recovery customer-{n}, s": f"recovery customer-{n}" for n in (1, 2, 3)}
SESSIONS: Final = {
    "sessions at most": "sessions_peak",
    "limit": "limit",
    "full after, s": "seconds_to_limit",
    "predicted, s": "predicted_s",
    "customers before": "customers_before",
    "customers at the end": "customers_present",
    "times full": "times_full",
    "all served again after, s": "recovery",
}
SERVED: Final = {"sessions at most": "sessions_peak", "limit": "limit", "success, worst": "success"}


class Block(NamedTuple):
    """A table between ``<!-- name -->`` and ``<!-- /name -->`` of a page, made from a file in docs/runs."""

    page: str
    name: str
    kept: str
    make: Callable[[Path], str]

    @property
    def file(self) -> Path:
        return RUNS / self.kept


def _bench(file: Path) -> str:
    return markdown(msgspec.json.decode(file.read_bytes(), type=Report))


def _matrix(file: Path) -> str:
    return matrix_table(matrix.read(file.parent, file.name))


def _measured(columns: dict[str, str]) -> Callable[[Path], str]:
    def make(file: Path) -> str:
        run = decode_outcome(file.read_bytes())
        return f"Runs: {run.run}.\n\n{measured.table(run, columns)}"

    return make


def _remedies(test: str) -> Callable[[Path], str]:
    def make(file: Path) -> str:
        run, module = decode_outcome(file.read_bytes()), experiment(f"test_june_13_{test}s")
        made = remedies.table([run], test, module.COLUMNS, module.ROWS, module.BY_CONSTRUCTION)
        return "\n".join([f"Runs: {run.run}.", "", made, "", *reasons(module)])

    return make


BLOCKS: Final = (
    Block("measurements.md", "bench", "bench.json", _bench),
    Block("faults.md", "durations", DURATIONS, _bench),
    Block("june-13.md", "matrix", "matrix.jsonl", _matrix),
    Block("june-13.md", "mitigations", "june_13_mitigations.json", _remedies("mitigation")),
    Block("june-13.md", "preventions", "june_13_preventions.json", _remedies("prevention")),
    Block("june-13.md", "measured", "june_13.json", _measured(RECOVERY | {"fault lasted, s": "fault achieved"})),
    Block("july-22.md", "story", "july_22.json", _measured(SESSIONS)),
    Block("july-22.md", "mitigations", "july_22_mitigations.json", _measured(SESSIONS)),
    Block("july-22.md", "regimes", "july_22_regimes.json", _measured(SESSIONS)),
    Block("july-22.md", "preventions", "july_22_preventions.json", _measured(SERVED)),
    Block("july-22.md", "by-itself", "july_22_by_itself.json", _measured(SESSIONS)),
    Block("july-22.md", "full-scale", "july_22_full_scale.json", _measured(SESSIONS)),
    Block("july-22.md", "floods", "july_22_floods.json", _measured(SERVED | {"cause": "cause"})),
    Block("glbp.md", "upgrade", "firmware_upgrade.json", _measured(RECOVERY | {"fault lasted, s": "fault achieved"})),
    Block("public-cases.md", "cases", "keepalived_issues.json", _measured(RECOVERY)),
    Block("public-cases.md", "checks", "public_checks.json", _measured(RECOVERY)),
    Block("public-cases.md", "failovers", "public_failovers.json", _measured(RECOVERY)),
    Block("ci.md", "releases", "gate_releases.json", of.made(outcomes.Gates, of.releases)),
    Block("compare.md", "wrong", "comparison.json", of.made(outcomes.Comparisons, of.comparisons)),
    Block("export.md", "cost", "export.json", of.made(outcomes.ExportCosts, of.exports)),
    Block("report.md", "cost", "report.json", of.made(outcomes.ReportCosts, of.reports)),
    Block("foresee.md", "lasts", "held_sites.json", of.made(outcomes.Held, model.lasting)),
    Block("foresee.md", "conformance", "conform.json", of.made(outcomes.Conformance, model.conformance)),
    Block("foresee.md", "mechanisms", "mechanisms.json", of.made(outcomes.Found, model.mechanisms)),
    Block("foresee.md", "sites", "search_sites.json", of.made(outcomes.Found, model.sites)),
    Block("foresee.md", "checks", "search_sites.json", of.made(outcomes.Found, model.of_checks)),
    Block("foresee.md", "shares", "foresee.json", of.made(outcomes.Shares, model.shares)),
)


def reasons(module: ModuleType) -> Iterator[str]:
    """The reason for the result of each row; and the meaning of the mark."""
    yield from (f"- {module.ROWS[row]}: {why}" for row, why in module.WHY.items())
    yield ""
    yield f"{remedies.MARK.strip()} By construction: our own ops decide this cell, and no network (`BY_CONSTRUCTION`)."


def experiment(name: str) -> ModuleType:
    """The module of the experiment, which has the names of rows and columns, and the reason for each result."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "experiments" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def block(text: str, name: str) -> str:
    """The text between the markers. Raises `ValueError` if they are missing."""
    opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    begin = text.index(opening) + len(opening)
    return text[begin : text.index(closing)].strip("\n")


def renewed(text: str, name: str, made: str) -> str:
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    return f"{text[: text.index(opening)]}{opening}\n{made}\n{text[text.index(closing) :]}"


def keep(result: Path) -> None:
    """Raises `OSError` or `msgspec.DecodeError` if it is no result."""
    if (result / matrix.FILE).is_file():
        shutil.copy(result / matrix.FILE, RUNS / "matrix.jsonl")
    elif result.is_dir():
        _keep(read_outcome(result))
    elif result.name == "bench.json":
        _keep_bench(msgspec.json.decode(result.read_bytes(), type=Report))
    else:
        for outcome in msgspec.json.decode(result.read_bytes(), type=SoakResult).outcomes.values():
            _keep(outcome)


def _keep_bench(whole: Report) -> None:
    """The part `durations` has a table of its own, in docs/faults.md."""
    for name, parts in shares(whole).items():
        (RUNS / name).write_bytes(msgspec.json.format(msgspec.json.encode(report(whole.machine, parts))) + b"\n")


def shares(whole: Report) -> dict[str, list[PartReport]]:
    """File → its parts of the bench; a file without any stays as it is."""
    kept: dict[str, list[PartReport]] = {}
    for part in whole.parts:
        kept.setdefault(DURATIONS if part.name == "durations" else "bench.json", []).append(part)
    return kept


def _keep(outcome: RunOutcome) -> None:
    file = RUNS / f"{outcome.experiment}.json"
    runs = [decode_outcome(file.read_bytes())] if file.exists() else []
    file.write_bytes(msgspec.json.encode(merged([*runs, small(outcome)])) + b"\n")


def tables(page: str) -> Iterator[list[list[str]]]:
    """Each table as rows of cells; the second row, of dashes, is left out."""
    rows: list[list[str]] = []
    for line in [*page.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip().replace("**", "") for cell in line.strip().strip("|").split("|")])
        elif rows:
            yield [rows[0], *rows[2:]]
            rows = []


def quotable(source: str) -> Iterator[cells.Cell]:
    """Every cell of the tables of a page but those of the first column."""
    for head, *rows in tables((ROOT / source).read_text()):
        name = ""
        for row in rows:
            name = row[0] or name
            step = f" {row[head.index('step')]}" if "step" in head else ""
            yield from (cells.Cell(source, name + step, column, text) for column, text in zip(head, row, strict=True))


def quoted() -> tuple[cells.Cell, ...]:
    """What `harness explain` quotes, as the pages have it now. Raises `KeyError` of a cell that is in none."""
    found = {
        (c.source, c.row, c.column): c for source in sorted({c.source for c in cells.CELLS}) for c in quotable(source)
    }
    return tuple(found[each.source, each.row, each.column] for each in cells.CELLS)


def _quote() -> None:
    lines = (msgspec.json.encode(each).decode() for each in quoted())
    cells.FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def main(results: list[str]) -> None:
    RUNS.mkdir(exist_ok=True)
    for result in results:
        keep(Path(result))
    for each in BLOCKS:
        page = DOCS / each.page
        if each.file.exists():
            page.write_text(renewed(page.read_text(), each.name, each.make(each.file).strip("\n")))
    _quote()


if __name__ == "__main__":
    main(sys.argv[1:])
