"""`make mutants`: each tests/mutants/NAME.toml breaks one line of the product; a unit test must fail.

    python scripts/mutants.py [NAME …]

A mutant is *killed* if its test fails on the broken copy. One that survives, no longer applies or does not even run is
an error, and so are tests that fail without it. Exit 0: all killed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple, Self

ROOT: Final = Path(__file__).resolve().parents[1]
MUTANTS: Final = ROOT / "tests" / "mutants"
COPIED: Final = (
    "harness", "tests", "experiments", "locustfiles", "compose", "scripts", "docs",
    "pyproject.toml", "requirements.lock", "Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md",
)  # fmt: skip
TOO_LONG_S: Final = 900  # a mutant may loop for ever; all unit tests take 100 s on a quiet machine
PASSED, FAILED = 0, 1  # pytest's exit codes; any other means that nothing was tested


class Mutant(NamedTuple):
    """`old` occurs exactly once in `file`; `test` is the file of unit tests that must fail with `new`."""

    name: str
    why: str
    file: str
    test: str
    old: str
    new: str

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(path.stem, **tomllib.loads(path.read_text()))

    def apply(self, source: str) -> str:
        """Raises `ValueError` if the patch does not apply exactly once."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: found {source.count(self.old)} times in {self.file}: {self.old}")
        return source.replace(self.old, self.new)


def load(names: Iterable[str] = ()) -> list[Mutant]:
    """The mutants named, or all."""
    chosen = [MUTANTS / f"{name}.toml" for name in names] or sorted(MUTANTS.glob("*.toml"))
    return [Mutant.load(path) for path in chosen]


def run(mutant: Mutant) -> str:
    """Returns ``killed``, or what is wrong."""
    try:
        broken = mutant.apply((ROOT / mutant.file).read_text())
    except ValueError as error:
        return f"does not apply: {error}"
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        place = copy(Path(folder))
        (place / mutant.file).write_text(broken)
        status, output = test(place, [mutant.test])
    if status == FAILED:
        return "killed"
    return "SURVIVED" if status == PASSED else f"does not run (pytest exit {status}):\n{output}"


def healthy(mutants: list[Mutant]) -> tuple[bool, str]:
    """Do the same tests pass without any mutant?"""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        status, output = test(copy(Path(folder)), sorted({mutant.test for mutant in mutants}))
    return status == PASSED, output


def main(names: list[str]) -> int:
    mutants = load(names)
    fine, output = healthy(mutants)
    if not fine:
        print(f"The tests fail without a mutant:\n{output}")
        return 1
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        verdicts = list(pool.map(run, mutants))
    for mutant, verdict in zip(mutants, verdicts, strict=True):
        print(f"{mutant.name:24} {verdict:10} {mutant.why}")
    killed = verdicts.count("killed")
    print(f"{killed}/{len(mutants)} killed")
    return 0 if killed == len(mutants) else 1


def copy(folder: Path) -> Path:
    """All that unit tests need, into an empty folder."""
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy(source, folder / name)
    return folder


def test(folder: Path, files: list[str]) -> tuple[int, str]:
    """pytest's exit status and last output. Raises `subprocess.TimeoutExpired`."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    own = os.environ | environment(folder)
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False, timeout=TOO_LONG_S)
    return done.returncode, (done.stdout + done.stderr)[-2000:]


def environment(folder: Path) -> dict[str, str]:
    """With the plug-in of the copy, which tests that start pytest need: an installed one must not replace it."""
    plugins = "harness.plugin,pytest_timeout"
    return {"PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": plugins}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
