"""Repeats tests that a busy machine spoilt (``--repeats``), so that no test fails because of the machine.

An attempt of a test on a lab is *without a result* if every exception of it says only that our own instruments failed,
or that there is too little evidence. Such an attempt is repeated. If the last one is without a result too, on a busy
machine, and no attempt before had one, the test is *not measurable here*: skipped, with the reason. At most a share of
`AT_MOST` of the tests on a lab may be not measurable: a run that measured less has shown too little, and exits with 1.

Any other failure is repeated if the machine was busy while the test ran or while its module's fixtures were made, and
is a failure after the last attempt. On a machine that was not busy it is repeated once: a test that then passes is
*unstable*, and shown with its first failure, because a race is a defect of the test or of the harness; more than
`UNSTABLE_AT_MOST` of them fail the run. A failure is never repeated if the test has `trials`: the validity of a trial
has judged the machine, and a valid trial is a result; nor if the test hung (``--timeout`` of pytest-timeout ended it):
its time is used up. A module whose fixtures cannot be torn down fails its test.
"""

import sys
import textwrap
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, cast

import pytest
from _pytest.nodes import Node
from _pytest.runner import runtestprotocol

from harness.busyness import Busyness
from harness.experiment.steady import NotSteady
from harness.experiment.trial import InvalidTrial
from harness.model.errors import HarnessError, NotMeasured
from harness.model.kernel_counts import Reading, read
from harness.model.units import s

AT_MOST: Final = 0.03
UNSTABLE_AT_MOST: Final = 2
LONGEST: Final = 240
HUNG: Final = "Timeout ("  # how pytest-timeout's failure begins
LONG_NS: Final = s  # a set-up that takes longer has made fixtures of its module
_ERRORS: Final = pytest.StashKey[list[BaseException]]()
_SET_UP: Final = pytest.StashKey[Reading]()


class Repeats:
    """`repeated`, `unstable`, `unmeasurable`: test → why, for the summary. `wanted`: how many on a lab are to run."""

    def __init__(self, repeats: int) -> None:
        self.repeated: dict[str, str] = {}
        self.unstable: dict[str, str] = {}
        self.unmeasurable: dict[str, str] = {}
        self.wanted = 0
        self._repeats = repeats
        self._fixtures: dict[Path, list[Busyness]] = {}  # module → while its fixtures were made

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.wanted = sum(map(on_a_lab, session.items))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if not on_a_lab(item):
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = self._attempts(item)
        end = torn_down(item, nextitem)
        for report in [*reports, end] if end.failed else reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keeps the exceptions, of which a report has only the text, and when the fixtures were made."""
        if call.excinfo:
            item.stash.setdefault(_ERRORS, []).append(call.excinfo.value)
        if call.when == "setup":
            item.stash[_SET_UP] = read()
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        lists = {"repeated": self.repeated, "unstable": self.unstable, "not measurable here": self.unmeasurable}
        for title, tests in lists.items():
            if tests:
                terminalreporter.section(f"{title}: {len(tests)} of {self.wanted} tests on a lab")
                for name, why in tests.items():
                    terminalreporter.write_line(f"{name}: {why}")
        if self.too_many:
            terminalreporter.write_line(f"More than {AT_MOST:.0%} were not measurable here: this run shows too little.")
        if self.too_unstable:
            terminalreporter.write_line(f"More than {UNSTABLE_AT_MOST} were unstable: this run shows too little.")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (self.too_many or self.too_unstable) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def too_many(self) -> bool:
        """Then the run has failed, and no more tests are repeated."""
        return len(self.unmeasurable) > AT_MOST * self.wanted

    @property
    def too_unstable(self) -> bool:
        return len(self.unstable) > UNSTABLE_AT_MOST

    def _attempts(self, item: pytest.Item) -> list[pytest.TestReport]:
        """The reports of the last attempt."""
        left, result = self._repeats, False
        while True:
            reports, errors, busy = self._attempt(item)
            if not any(report.failed for report in reports) or hung(errors):
                return reports
            if not spoilt(item, errors, busy):
                return reports if has_trials(item) or not left else self._once_more(item, reports, errors)
            why, result = f"{first_line(errors)} ({busy})", result or not without_result(errors)
            if left and not self.too_many:
                renewed = self._renew(item, why)
                if renewed.failed:
                    return [*reports, renewed]
                left -= 1
            elif busy.busy and not result:
                self.unmeasurable[item.nodeid] = why
                return skipped(reports, item, why)
            else:
                return reports

    def _once_more(
        self, item: pytest.Item, reports: list[pytest.TestReport], errors: list[BaseException]
    ) -> list[pytest.TestReport]:
        """After a failure on a machine that was not busy. The first failure counts unless this attempt passes."""
        why = first_line(errors)
        if (renewed := self._renew(item, why)).failed:
            return [*reports, renewed]
        again, _, _ = self._attempt(item)
        if any(report.failed for report in again):
            return reports
        self.unstable[item.nodeid] = why
        return again

    def _attempt(self, item: pytest.Item) -> tuple[list[pytest.TestReport], list[BaseException], Busyness]:
        item.stash[_ERRORS] = []
        began = read()
        reports = runtestprotocol(item, log=False, nextitem=ending_at(item, pytest.Module))
        fixtures = self._fixtures.setdefault(item.path, [])
        if item.stash[_SET_UP].t - began.t > LONG_NS:
            fixtures.append(Busyness.since(began, item.stash[_SET_UP]))
        busy = next((each for each in fixtures if each.busy), Busyness.since(began))
        return reports, item.stash[_ERRORS], busy

    def _renew(self, item: pytest.Item, why: str) -> pytest.TestReport:
        """Ends the module's fixtures, and keeps the session's."""
        self.repeated[item.nodeid] = why
        print(f"\n{item.nodeid} is repeated: {why}", file=sys.stderr, flush=True)
        self._fixtures.pop(item.path)
        return torn_down(item, ending_at(item, pytest.Dir))


class Chain(NamedTuple):
    """Stands for a next test to pytest, which keeps the fixtures of the nodes in its chain.

    Other plugins get it as `nextitem`: all else of it is the present test's.
    """

    nodes: list[Node]
    item: pytest.Item

    def listchain(self) -> list[Node]:
        return self.nodes

    def __getattr__(self, name: str) -> object:
        return getattr(self.item, name)


def ending_at(item: pytest.Item, kind: type[pytest.Collector]) -> pytest.Item:
    """A test that shares the fixtures of `item` down to its innermost node of this kind."""
    chain = item.listchain()
    last = max((n for n, node in enumerate(chain) if isinstance(node, kind)), default=0)
    return cast("pytest.Item", Chain(chain[: last + 1], item))


def torn_down(item: pytest.Item, nextitem: pytest.Item | None) -> pytest.TestReport:
    """Ends the fixtures that `nextitem` does not share. Not by pytest's hook: it may run only once for a test."""
    end = partial(item.session._setupstate.teardown_exact, nextitem)  # noqa: SLF001
    call = pytest.CallInfo.from_call(end, when="teardown", reraise=(pytest.exit.Exception, KeyboardInterrupt))
    report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
    return report


def on_a_lab(item: pytest.Item) -> bool:
    return item.get_closest_marker("lab") is not None or has_trials(item)


def has_trials(item: pytest.Item) -> bool:
    return "trials" in getattr(item, "fixturenames", ())


def spoilt(item: pytest.Item, errors: list[BaseException], busy: Busyness) -> bool:
    """Does the failure say nothing about what is tested, or is the machine the probable cause?"""
    return without_result(errors) or (busy.busy and not has_trials(item))


def hung(errors: list[BaseException]) -> bool:
    return any(isinstance(error, pytest.fail.Exception) and str(error).startswith(HUNG) for error in errors)


def without_result(errors: list[BaseException]) -> bool:
    """Does every exception say only that there is no evidence?"""
    return bool(errors) and all(
        isinstance(error, InvalidTrial | NotMeasured) and not is_result(error.__cause__) for error in errors
    )


def is_result(cause: BaseException | None) -> bool:
    """Is it the failure of a valid trial, which `Trials.raise_failures` gives as the cause?"""
    return cause is not None and (isinstance(cause, NotSteady) or not isinstance(cause, HarnessError))


def skipped(reports: list[pytest.TestReport], item: pytest.Item, why: str) -> list[pytest.TestReport]:
    """The same reports, with failures turned into skips."""
    path, line, _ = item.location
    for report in reports:
        if report.failed:
            report.outcome = "skipped"
            report.longrepr = (path, (line or 0) + 1, f"not measurable here: {why}")
    return reports


def first_line(errors: list[BaseException]) -> str:
    """The first exception's type and the first line of its text, cut to `LONGEST` characters."""
    if not errors:
        return "failed"
    text = str(errors[0]).strip().partition("\n")[0]
    return f"{type(errors[0]).__name__}: {textwrap.shorten(text, LONGEST, placeholder=' …')}"
