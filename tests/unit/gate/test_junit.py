"""What a CI system reads."""

from xml.etree import ElementTree as ET

from harness.gate.junit import document
from harness.gate.report import GateReport
from harness.lint import Finding
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
    assert [each.get("name") for each in suite.iter("testcase")] == ["lint", "at-rest", "power-cut", "freeze", "hung"]
    assert [each.get("failures") for each in [suite]] == ["1"]
    assert len(suite.findall(".//skipped")) == 2


def test_an_error_of_lint_is_a_failure() -> None:
    report = GateReport("UNSAFE", "x", findings=(Finding("no-check", "error", "a.conf", 3, "nothing is watched"),))
    suite = ET.fromstring(document(report).encode())
    (failure,) = suite.findall(".//failure")
    assert failure.text == "a.conf:3: nothing is watched"
