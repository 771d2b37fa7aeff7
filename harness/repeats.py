"""Repeats tests that a busy machine spoilt (``--repeats``), so that no test fails because of the machine.

A test on a lab that fails is repeated if the failure says only that our own instruments failed, or that there is too
little evidence. If the last attempt says that too, on a busy machine, the test is *not measurable here*: skipped, with
the reason. At most a share of `AT_MOST` of the tests on a lab may be not measurable: a run that measured less has shown
too little, and exits with 1.

Any other failure is repeated if the machine was busy while the test ran or while its module's fixtures were made, and
is a failure after the last attempt. It is never repeated if the test has `trials`: the validity of a trial has judged
the machine, and a valid trial is a result. A fixture that cannot be torn down ends the attempts, and fails the test.
"""

import sys
import textwrap
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from _pytest.runner import runtestprotocol

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
        if not any(report.failed for report in reports) or not spoilt(item, error, busy):
            return reports
        why = f"{first_line(error)} ({busy})"
        if left and not self.too_many:
            torn_down = self._renew(item)
            return [*reports, torn_down] if torn_down.failed else self._repeat(item, nextitem, left - 1, why)
        if unmeasurable(error, busy):
            self.unmeasurable[item.nodeid] = why
            skip(reports, item, why)
        return reports

    def _repeat(self, item: pytest.Item, nextitem: pytest.Item | None, left: int, why: str) -> list[pytest.TestReport]:
        self.repeated[item.nodeid] = why
        print(f"\n{item.nodeid} is repeated: {why}", file=sys.stderr, flush=True)
        return self._attempts(item, nextitem, left)

    def _attempt(self, item: pytest.Item, nextitem: pytest.Item | None) -> tuple[list[pytest.TestReport], Busyness]:
        if _ERROR in item.stash:
            del item.stash[_ERROR]
        now = read()
        module = self._begun.setdefault(item.path, now)
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        return reports, max(Busyness.since(now), Busyness.since(module), key=lambda each: each.busy)

    def _renew(self, item: pytest.Item) -> pytest.TestReport:
        """Ends the module's fixtures and keeps the session's, as if a test of another module came next."""
        del self._begun[item.path]
        other = next((each for each in item.session.items if each.path != item.path), None)
        end = partial(item.session._setupstate.teardown_exact, other)  # noqa: SLF001 - as pytest's own teardown hook does
        call = pytest.CallInfo.from_call(end, when="teardown", reraise=(pytest.exit.Exception, KeyboardInterrupt))
        report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
        return report


def on_a_lab(item: pytest.Item) -> bool:
    return item.get_closest_marker("lab") is not None or has_trials(item)


def has_trials(item: pytest.Item) -> bool:
    return "trials" in getattr(item, "fixturenames", ())


def spoilt(item: pytest.Item, error: BaseException | None, busy: Busyness) -> bool:
    """Does the failure say nothing about what is tested, or is the machine the probable cause?"""
    return isinstance(error, InvalidTrial | NotMeasured) or (busy.busy and not has_trials(item))


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
