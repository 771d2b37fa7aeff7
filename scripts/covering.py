"""Which unit tests run a line: one run of all unit tests under coverage.py, in which each test is a context.

As a plug-in of pytest (`-p scripts.covering`) it tells coverage.py which test runs; else it reads the measured data.
"""

import os
import subprocess
import sys
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

import pytest
from coverage import Coverage, CoverageData

SHARED: Final = ""
"""The context of lines that run outside a test or for several: imports, and fixtures of more than one test."""

SHARES: Final = 8
"""Parts of the tests per core: some files of tests take as long as a hundred others."""


class Covering:
    """The coverage of one tree, from the run of its tests in `folder`."""

    def __init__(self, folder: Path, files: Iterable[str]) -> None:
        self._folder = folder.resolve()
        self._data = CoverageData(no_disk=True)
        for file in files:
            part = CoverageData(str(folder / file))
            part.read()
            self._data.update(part)

    @classmethod
    def measure(cls, folder: Path, tests: Sequence[str], environment: dict[str, str]) -> Self:
        """Runs `tests` in `folder`, in as many processes at once as there are cores.

        Raises `AssertionError` with the last output of pytest if they fail.
        """
        cores = os.cpu_count() or 1
        count = cores * SHARES
        shares = {f".coverage-{n}": tests[n::count] for n in range(count) if tests[n::count]}
        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(lambda share: _run(folder, share[0], share[1], environment), shares.items()))
        return cls(folder, shares)

    def tests(self, file: str, line: int) -> set[str]:
        """``tests/unit/test_x.py::test_y`` of each test that ran the line. Empty: it ran outside tests, or never."""
        contexts = set(self._data.contexts_by_lineno(str(self._folder / file)).get(line, ()))
        return set() if SHARED in contexts else contexts

    def any_of(self, file: str) -> set[str]:
        """Of each test that ran any line of the file."""
        lines = self._data.contexts_by_lineno(str(self._folder / file)).values()
        return {context for contexts in lines for context in contexts} - {SHARED}


def _run(folder: Path, data: str, tests: Iterable[str], environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "coverage", "run", f"--data-file={data}", f"--include={folder}/harness/*"]
    arguments = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "scripts.covering", *tests]
    own = os.environ | environment
    done = subprocess.run([*command, *arguments], cwd=folder, env=own, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError((done.stdout + done.stderr)[-2000:])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _switch(item.nodeid.split("[")[0])
    try:
        return (yield)
    finally:
        _switch(SHARED)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Lines that a fixture of a module or session runs count as run for several tests."""
    if fixturedef.scope == "function":
        return (yield)
    _switch(SHARED)
    try:
        return (yield)
    finally:
        _switch(request._pyfuncitem.nodeid.split("[")[0])  # noqa: SLF001 - pytest has no public name for it


def _switch(context: str) -> None:
    if running := Coverage.current():
        running.switch_context(context)
