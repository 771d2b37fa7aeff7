"""Repeats tests that a busy machine spoilt (``--repeats``), so that no test fails because of the machine.

A test on a lab that fails is repeated if the machine was busy while it ran or while its module's fixtures were made. It
is also repeated if the failure says only that our own instruments failed, or that there is too little evidence. If the
last attempt says that too, on a busy machine, the test is *not measurable here*: skipped, with the reason. An assertion
that fails in the last attempt is a failure in any case. At most a share of `AT_MOST` of the tests on a lab may be not
measurable: a run that measured less has shown too little, and exits with 1.
"""

import sys
import textwrap
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from _pytest.runner import call_and_report, runtestprotocol

from harness.busyness import Busyness
from harness.experiment.trial import InvalidTrial
from harness.model.errors import NotMeasured
from harness.model.kernel_counts import Reading, read

AT_MOST: Final = 0.03
LONGEST: Final = 240
_ERROR: Final = pytest.StashKey[BaseException]()


class Repeats:
    """`repeated`, `unmeasurable`: test → why, for the summary. `wanted`: how many tests on a lab are to run."""

    def __init__(self, repeats: int) -> None:
        self.repeated: dict[str, str] = {}
        self.unmeasurable: dict[str, str] = {}
        self.wanted = 0
        self._repeats = repeats
        self._begun: dict[Path, Reading] = {}  # at the beginning of a module's fixtures, while its tests run

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.wanted = sum(map(on_a_lab, session.items))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if not on_a_lab(item):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._attempts(item, nextitem, self._repeats):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keeps the first exception: a report has only its text."""
        if call.excinfo:
            item.stash.setdefault(_ERROR, call.excinfo.value)
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for title, tests in (("repeated", self.repeated), ("not measurable here", self.unmeasurable)):
            if tests:
                terminalreporter.section(f"{title}: {len(tests)} of {self.wanted} tests on a lab")
                for name, why in tests.items():
                    terminalreporter.write_line(f"{name}: {why}")
        if self.too_many:
            terminalreporter.write_line(f"More than {AT_MOST:.0%} were not measurable here: this run shows too little.")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.too_many and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def too_many(self) -> bool:
        """Then the run has failed, and no more tests are repeated."""
        return len(self.unmeasurable) > AT_MOST * self.wanted

    def _attempts(self, item: pytest.Item, nextitem: pytest.Item | None, left: int) -> list[pytest.TestReport]:
        """The reports of the last attempt. `left`: how many more are allowed."""
        reports, busy = self._attempt(item, nextitem)
        error = item.stash.get(_ERROR, None)
        if not any(report.failed for report in reports) or not spoilt(error, busy):
            return reports
        why = f"{first_line(error)} ({busy})"
        if left and not self.too_many:
            self._repeat(item, why)
            return self._attempts(item, nextitem, left - 1)
        if unmeasurable(error, busy):
            self.unmeasurable[item.nodeid] = why
            skip(reports, item, why)
        return reports

    def _attempt(self, item: pytest.Item, nextitem: pytest.Item | None) -> tuple[list[pytest.TestReport], Busyness]:
        if _ERROR in item.stash:
            del item.stash[_ERROR]
        now = read()
        module = self._begun.setdefault(item.path, now)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        return reports, max(Busyness.since(now), Busyness.since(module), key=lambda each: each.busy)

    def _repeat(self, item: pytest.Item, why: str) -> None:
        """Ends the module's fixtures and keeps the session's, as if a test of another module came next."""
        self.repeated[item.nodeid] = why
        print(f"\n{item.nodeid} is repeated: {why}", file=sys.stderr, flush=True)
        del self._begun[item.path]
        other = next((each for each in item.session.items if each.path != item.path), None)
        call_and_report(item, "teardown", log=False, nextitem=other)


def on_a_lab(item: pytest.Item) -> bool:
    return item.get_closest_marker("lab") is not None or "trials" in getattr(item, "fixturenames", ())


def spoilt(error: BaseException | None, busy: Busyness) -> bool:
    """May another attempt have another result?"""
    return busy.busy or isinstance(error, InvalidTrial | NotMeasured)


def unmeasurable(error: BaseException | None, busy: Busyness) -> bool:
    """A failed assertion is a result; a lack of evidence is none."""
    return busy.busy and isinstance(error, InvalidTrial | NotMeasured)


def skip(reports: list[pytest.TestReport], item: pytest.Item, why: str) -> None:
    """Turns failures into skips."""
    path, line, _ = item.location
    for report in reports:
        if report.failed:
            report.outcome = "skipped"
            report.longrepr = (path, (line or 0) + 1, f"not measurable here: {why}")


def first_line(error: BaseException | None) -> str:
    """The error's type and the first line of its text, cut to `LONGEST` characters."""
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {textwrap.shorten(text, LONGEST, placeholder=' …')}" if error else "failed"
