"""Does the model of harness/simulation do what the lab did? The figures of docs/foresee.md.

    python scripts/conform.py [RUN …]        without RUN: the recordings of tests/data and tests/data/replays
    python scripts/conform.py --keep         and keeps how many conform, in docs/runs

Prints each trial that differs, with timers on time and with timers as late as recorded, and how many conform.
Exit 0: all do when timers are as late as recorded; 1: some do not.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.history import History, store
from harness.search.follows import reader
from harness.simulation.conformance import conformance
from harness.simulation.replay import of_files
from harness.simulation.settings import Settings
from scripts.outcomes import Conformance, keep, options

DATA: Final = Path(__file__).resolve().parents[1] / "tests" / "data"
GUIDED: Final = {False: "timers on time", True: "timers as late as recorded"}


def main(runs: list[Path], *, kept: bool) -> int:
    conform: Counter[bool] = Counter()
    trials = 0
    for run in runs:
        history, settings = store.load(run), _settings(run)
        for trial in sorted({number for number, _ in history.steps}):
            trials += 1
            conform.update(guided for guided in GUIDED if _conforms(run, history, settings, trial, guided=guided))
    for guided, how in GUIDED.items():
        print(f"{how}: {conform[guided]} of {trials} trials conform")
    if kept:
        keep("conform.json", Conformance(len(runs), trials, conform[False], conform[True]))
    return 0 if conform[True] == trials else 1


def recordings() -> list[Path]:
    return [path.parent for folder in (DATA, DATA / "replays") for path in sorted(folder.glob("*/run.json"))]


def _settings(run: Path) -> dict[str, dict[str, tuple[Settings, ...]]]:
    """Configuration → node → what its keepalived.conf says."""
    found = {}
    for folder in (run / "configuration").glob("*/"):
        files = dict(_files(folder))
        texts = {name: text for each in files.values() for name, text in each.items()}
        found[folder.name] = of_files(files, reader(_scripts_of(run) | texts))
    return found


def _scripts_of(run: Path) -> dict[str, str]:
    """Of a gate the script files of its site, which the run does not keep: by name."""
    site = DATA / "sites" / re.sub(r"^gate-|-\d{8}-\d{6}.*$", "", run.name)
    return {path.name: path.read_text() for path in site.rglob("*") if path.is_file() and path.suffix in ("", ".sh")}


def _files(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for node in folder.glob("*/"):
        yield node.name, {file.name: file.read_text() for file in node.iterdir() if file.is_file()}


def _conforms(
    run: Path, history: History, settings: dict[str, dict[str, tuple[Settings, ...]]], trial: int, *, guided: bool
) -> bool:
    first = next(step for step in history.steps if step[0] == trial)
    configuration = history.configuration(history.step(*first).began_ns)
    differences = conformance(history, settings[configuration], trial, guided=guided).differences
    if differences:
        print(f"{run.name}, trial {trial}, {GUIDED[guided]}:")
    for each in differences:
        print(f"    {each}")
    return not differences


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN")
    asked = parser.parse_args()
    if asked.runs and asked.keep:
        parser.error("only what tests/data has is kept: give no RUN, or no --keep")
    sys.exit(main(asked.runs or recordings(), kept=asked.keep))
