"""`make drawn-mutants`: breaks one line at random, many times over; how many mutants do the unit tests kill?

    python -m scripts.draw_mutants [--count 200] [--seed N] [--only harness/checks] [--quick]

Drawn evenly from every edit that `scripts/mutation.py` finds in the parts that decide a verdict. Unless given, the seed
follows from the last commit: other lines after every commit, the same lines for every run at one commit. The tests that
run the broken line come first; if none fails, all the others follow. With --quick they do not: then a line that runs at
import has the tests that run any line of its file, or all of them if none does: such a file has data alone. Known
equivalents (tests/equivalent_mutants.toml: no test can distinguish them from the original) do not count. Exit 0: at
least 90 % killed, at most 10 called equivalent; 1: fewer; 2: the tests fail without any mutant.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import Final, NamedTuple

from harness.statistics import proportion
from scripts import mutants
from scripts.covering import Covering
from scripts.mutation import Edit, edits

ROOT: Final = mutants.ROOT
PARTS: Final = (
    "harness/checks", "harness/recovery", "harness/history", "harness/model", "harness/experiment",
    "harness/agents/conductor.py", "harness/agents/lease.py", "harness/agents/journal.py",
)  # fmt: skip
EQUIVALENT: Final = ROOT / "tests" / "equivalent_mutants.toml"
SLOW: Final = ("tests/unit/test_readme.py", "tests/unit/test_mutants.py", "tests/unit/matrix")  # they judge no verdict
KILLED_AT_LEAST, EQUIVALENT_AT_MOST = 0.9, 10


class Drawn(NamedTuple):
    file: str
    edit: Edit

    def __str__(self) -> str:
        return f"{self.file}:{self.edit.line}: {_flat(self.edit.old)} → {_flat(self.edit.new)}"


class Outcome(NamedTuple):
    drawn: Drawn
    verdict: str  # killed, SURVIVED, equivalent


class Tests(NamedTuple):
    """`every`: every file of unit tests that is run. `quick`: only those that run the line."""

    covering: Covering
    every: list[str]
    quick: bool

    def stages(self, drawn: Drawn) -> Iterator[list[str]]:
        """The tests that run the broken line; then all. A line that runs at import belongs to no test."""
        own = f"test_{Path(drawn.file).stem.lstrip('_')}.py"
        if chosen := self.covering.tests(drawn.file, drawn.edit.line):
            yield _first(own, chosen)
        # Never an empty list: pytest without a name runs everything, labs and experiments too.
        elif self.quick:
            yield _first(own, self.covering.any_of(drawn.file) or self.every)
        if not self.quick:
            yield _first(own, self.every)


def main() -> int:
    options = _options()
    pool = [Drawn(file, edit) for file in _files(options.only) for edit in edits((ROOT / file).read_text())]
    chosen = random.Random(options.seed).sample(pool, min(options.count, len(pool)))  # noqa: S311 - a sample, no secret
    print(f"seed {options.seed}: {len(chosen)} of {len(pool)} mutants", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        whole, every = mutants.copy(_made(Path(folder) / "whole")), _test_files()
        try:
            covering = Covering.measure(whole, every, mutants.environment(whole))
        except AssertionError as failure:
            print(f"The tests fail without a mutant:\n{failure}")
            return 2
        return _report(list(_outcomes(chosen, Tests(covering, every, options.quick), Path(folder))))


def _outcomes(chosen: list[Drawn], tests: Tests, folder: Path) -> Iterator[Outcome]:
    """Each worker has one copy of the tree, in which it breaks one file after the other."""
    known = _equivalents()
    copies: SimpleQueue[Path] = SimpleQueue()
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        for number in range(workers):
            copies.put(mutants.copy(_made(folder / str(number))))
        running = [pool.submit(_outcome, drawn, tests, copies, known) for drawn in chosen]
        for done, future in enumerate(as_completed(running), 1):
            outcome = future.result()
            if outcome.verdict != "killed":
                print(f"{done}/{len(chosen)} {outcome.verdict}: {outcome.drawn}", flush=True)
            yield outcome


def _outcome(drawn: Drawn, tests: Tests, copies: "SimpleQueue[Path]", known: set[tuple[str, str, str]]) -> Outcome:
    if (drawn.file, drawn.edit.old, drawn.edit.new) in known:
        return Outcome(drawn, "equivalent")
    copy = copies.get()
    try:
        return Outcome(drawn, "killed" if _noticed(copy, drawn, tests) else "SURVIVED")
    finally:
        copies.put(copy)


def _noticed(copy: Path, drawn: Drawn, tests: Tests) -> bool:
    source = (ROOT / drawn.file).read_text()
    (copy / drawn.file).write_text(drawn.edit.apply(source))
    try:
        return any(mutants.test(copy, stage)[0] != mutants.PASSED for stage in tests.stages(drawn))
    except subprocess.TimeoutExpired:
        return True  # an endless loop counts as noticed
    finally:
        (copy / drawn.file).write_text(source)


def _first(own: str, tests: Iterable[str]) -> list[str]:
    """In order, those of the module's own file of tests first."""
    return sorted(tests, key=lambda test: (own not in test, test))


def _test_files() -> list[str]:
    tests = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests" / "unit").rglob("test_*.py"))]
    return [test for test in tests if not test.startswith(SLOW)]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _report(outcomes: list[Outcome]) -> int:
    verdicts = [outcome.verdict for outcome in outcomes]
    killed, equivalent = verdicts.count("killed"), verdicts.count("equivalent")
    judged = len(outcomes) - equivalent
    share = proportion(killed, judged)
    print(f"{killed} of {judged} killed: {share.value:.1%}, 95 % interval {share.low:.1%} to {share.high:.1%}")
    print(f"{equivalent} known to be equivalent")
    return 0 if killed >= KILLED_AT_LEAST * judged and equivalent <= EQUIVALENT_AT_MOST else 1


def _equivalents() -> set[tuple[str, str, str]]:
    if not EQUIVALENT.exists():
        return set()
    return {(each["file"], each["old"], each["new"]) for each in tomllib.loads(EQUIVALENT.read_text())["mutant"]}


def _files(only: str) -> list[str]:
    paths = [ROOT / part for part in ([only] if only else PARTS)]
    found = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    return [str(file.relative_to(ROOT)) for file in found]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _seed() -> int:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return int(head[:8], 16)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, default=_seed(), help="default: from the last commit")
    parser.add_argument("--only", default="", help="a file or folder instead of all parts")
    parser.add_argument("--quick", action="store_true", help="run only the tests that run the broken line")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
