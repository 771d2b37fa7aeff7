"""What programs of bookworm (keepalived 2.2.7, HAProxy 2.6) say of two sites, alone and beside those of trixie.

The answers in tests/data/sites_of_bookworm were recorded as those of tests/data/sites (`scripts/record_sites.py`).
"""

from datetime import date
from pathlib import Path
from typing import Final

import msgspec
import pytest

from harness import lint
from harness.lint import Finding, LintReport
from harness.site import pair_file
from harness.site.examined import Examined

DATA: Final = Path(__file__).parents[2] / "data"
BOOKWORM: Final = DATA / "sites_of_bookworm"
SITES: Final = DATA / "sites"


def judged(name: str, *of_bookworm: str) -> LintReport:
    """`of_bookworm`: the nodes that are judged with its programs."""
    old, new = _answers(BOOKWORM / f"{name}.json"), _answers(SITES / name / "examined.json")
    examined = {node: old[node] if node in of_bookworm else new[node] for node in new}
    pair = lint.pair(pair_file.read(SITES / name), examined)
    return lint.judge(pair, lint.ALL.values(), date(2026, 1, 1))


def _answers(path: Path) -> dict[str, Examined]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Examined])


def errors(report: LintReport) -> list[tuple[str, str]]:
    return [_rule_and_file(each) for each in report.findings if each.severity == "error"]


def _rule_and_file(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.file


@pytest.mark.parametrize(
    "of_bookworm,verdict,nodes",
    [
        ((), "UNSAFE", ["cab1", "cab2"]),
        (("cab2",), "UNSAFE", ["cab1"]),
        (("cab1", "cab2"), "NO ERROR FOUND", []),
    ],
)
def test_an_upgrade_disables_a_check_on_the_node_that_has_it(
    of_bookworm: tuple[str, ...], verdict: str, nodes: list[str]
) -> None:
    """keepalived 2.3 does not run a script below /bin, which is a link; 2.2 does."""
    report = judged("taxi-bin-path", *of_bookworm)
    assert report.verdict == verdict
    assert errors(report) == [("script-disabled-insecure", f"{node}/keepalived.conf") for node in nodes]


def test_a_config_test_that_would_end_itself_is_not_taken_for_a_failed_start() -> None:
    """keepalived #2617: 2.2.7 sends SIGTERM to itself where a script has another user."""
    expected = errors(judged("tickets-check-asks-servers"))
    assert errors(judged("tickets-check-asks-servers", "bal1", "bal2")) == expected
    assert "keepalived-will-not-run" not in {rule for rule, _ in expected}
