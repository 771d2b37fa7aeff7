"""The exit status: what was left behind, or an interrupt, goes before the verdict."""

import pytest

from harness.gate.report import GateReport
from harness.gate.verdict import unfinished


@pytest.mark.parametrize(
    "report, status",
    [
        (GateReport("SAFE", ""), 0),
        (GateReport("UNSAFE", ""), 1),
        (GateReport("REFUSED", ""), 2),
        (GateReport("INCONCLUSIVE", ""), 3),
        (GateReport("UNSAFE", "", interrupted=True), 130),
        (GateReport("SAFE", "", left_behind="a container"), 4),
        (GateReport("SAFE", "", interrupted=True, left_behind="a container"), 4),
    ],
)
def test_exit_status(report: GateReport, status: int) -> None:
    assert report.exit_code == status


def test_an_early_end_takes_no_failure_back_and_allows_no_pass() -> None:
    assert unfinished("UNSAFE", "it was down", "interrupted") == ("UNSAFE", "it was down")
    told = unfinished("SAFE", "all held", "interrupted")
    assert told == ("INCONCLUSIVE", "interrupted before every test was tried")
