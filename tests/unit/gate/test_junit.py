"""What a CI system reads."""

from xml.etree import ElementTree as ET

import pytest

from harness.gate.junit import document
from harness.gate.report import GateReport
from harness.lint import Finding
from harness.model.prevention import Change, Prevention, Repeated
from tests.unit.gate.test_verdict import REST, tried

REPORT = GateReport(
    "UNSAFE",
    "it was <down> & \x1b[31mred",
    findings=(Finding("vrid-51", "note", "a.conf", 1, "a note"),),
    tests=(
        REST,
        tried("power-cut", "failed", "down"),
        tried("freeze", "not measured", "late"),
        tried("hung", "failed", "down", decides=False),
    ),
)


def test_each_test_is_a_case() -> None:
    suite = ET.fromstring(document(REPORT).encode())
    names = ["verdict", "lint", "at-rest", "power-cut", "freeze", "hung"]
    assert [each.get("name") for each in suite.iter("testcase")] == names
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("6", "2", "0")
    assert len(suite.findall(".//skipped")) == 2


def test_a_prevention_is_a_case_and_never_a_failure() -> None:
    tests = (Repeated("freeze", "helps", 3, 3, 0, 3),)
    undecided = (Repeated("freeze", "not decided", 1, 1, 0, 0, "no time"),)
    every = (
        Prevention("one", "helps", (Change("a.conf", 3, "nopreempt"),), tests),
        Prevention("\x1b", "not decided", (), undecided),
    )
    suite = ET.fromstring(document(GateReport("UNSAFE", "down", preventions=every)).encode())
    assert (suite.get("tests"), suite.get("failures"), len(suite.findall(".//skipped"))) == ("4", "1", 1)
    told = suite.findtext(".//system-out")
    assert told == (
        "helps with freeze\na.conf, after line 3: nopreempt\nhelps: freeze: failed 3 of 3 times before, 0 of 3 with it"
    )


def test_an_error_of_lint_is_a_failure() -> None:
    report = GateReport("UNSAFE", "x", findings=(Finding("no-check", "error", "a.conf", 3, "nothing is watched"),))
    suite = ET.fromstring(document(report).encode())
    verdict, failure = suite.findall(".//failure")
    assert verdict.get("message") == "UNSAFE: x"
    assert failure.text == "a.conf:3: nothing is watched"


@pytest.mark.parametrize(
    "report",
    [
        GateReport("INCONCLUSIVE", "keepalived did not tell its settings"),
        GateReport("REFUSED", "no file"),
        GateReport("SAFE", "held", left_behind="a fault"),
        GateReport("SAFE", "held", interrupted=True),
    ],
)
def test_what_could_not_be_judged_or_was_left_is_never_a_pass(report: GateReport) -> None:
    suite = ET.fromstring(document(report).encode())
    assert len(suite.findall(".//error")) == int(suite.get("errors", "0")) == 1
