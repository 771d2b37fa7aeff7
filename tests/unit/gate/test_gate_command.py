"""What `harness gate` makes of lint's findings and of a wrong request, with recorded answers instead of a lab."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.cli._examined import Examined
from harness.cli.gate import _not_prepared, never_safer
from harness.gate.prepare import Wish
from harness.gate.report import GateReport
from harness.lint import LintReport
from harness.model.errors import UnknownName, UsageError
from tests.recorded_sites import recorded

CLEAN = LintReport("NO ERROR FOUND", "no error found, nothing tried")
UNSAFE = LintReport("UNSAFE", "nothing watches HAProxy")
MISSING = LintReport("INCONCLUSIVE", "a program is missing")


@pytest.mark.parametrize(
    "linted, tried, verdict",
    [
        (CLEAN, "SAFE", "SAFE"),
        (UNSAFE, "SAFE", "UNSAFE"),
        (MISSING, "SAFE", "INCONCLUSIVE"),
        (UNSAFE, "INCONCLUSIVE", "INCONCLUSIVE"),
        (MISSING, "UNSAFE", "UNSAFE"),
    ],
)
def test_a_test_that_held_does_not_take_a_finding_back(linted: LintReport, tried: Any, verdict: str) -> None:
    assert never_safer(GateReport(tried, "as tried"), linted).verdict == verdict


def test_what_lint_decided_stays_decided_where_changes_are_tried() -> None:
    """Without --only the lab was asked for the changes alone."""
    seen = GateReport("INCONCLUSIVE", "the lab was busy")
    assert never_safer(seen, UNSAFE, by_name=False).verdict == "UNSAFE"
    assert never_safer(seen, CLEAN, by_name=False) == seen
    assert _not_prepared(UNSAFE, Wish(preventions=3), "no lab").verdict == "UNSAFE"
    assert _not_prepared(CLEAN, Wish(preventions=3), "no lab").verdict == "INCONCLUSIVE"


def test_a_dry_run_lists_the_changes_after_a_finding_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = recorded("forum-no-check")
    monkeypatch.setattr(import_module("harness.cli.gate"), "examined", lambda *_: Examined(pair.site, pair, UNSAFE))
    done = CliRunner().invoke(app, ["gate", "site", "--quick", "--try-preventions", "--dry-run"])
    assert done.exit_code == 0
    assert "    f1/keepalived.conf, after line 1: track_script { haproxy_runs }\n" in done.output
    assert CliRunner().invoke(app, ["gate", "site", "--quick", "--dry-run"]).exit_code == 1


def test_a_dry_run_tells_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = recorded("press-include")
    monkeypatch.setattr(import_module("harness.cli.gate"), "examined", lambda *_: Examined(pair.site, pair, CLEAN))
    monkeypatch.setattr(import_module("harness.cli.gate"), "secrets", lambda _: ("http://127.0.0.1:8090/alive",))
    done = CliRunner().invoke(app, ["gate", "site", "--try-preventions", "--dry-run"])
    assert "8090" not in done.output
    assert "-m 2 -o /dev/null REDACTED" in done.output


def test_trials_of_preventions_need_preventions() -> None:
    done = CliRunner().invoke(app, ["gate", "site", "--prevention-trials", "5"])
    assert isinstance(done.exception, UsageError)
    assert "--try-preventions" in str(done.exception)


def test_a_misspelt_test_is_a_wrong_request_and_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = recorded("wiki-minimal")
    monkeypatch.setattr(import_module("harness.cli.gate"), "examined", lambda *_: Examined(pair.site, pair, CLEAN))
    done = CliRunner().invoke(app, ["gate", "site", "--only", "haproxy-kiled"])
    assert isinstance(done.exception, UnknownName)
    assert done.exception.exit_code == 2


def test_a_site_is_given_by_options_as_for_lint(monkeypatch: pytest.MonkeyPatch) -> None:
    pair, asked = recorded("wiki-minimal"), []

    def examined(*arguments: object) -> Examined:
        asked.append(arguments)
        return Examined(pair.site, pair, CLEAN)

    monkeypatch.setattr(import_module("harness.cli.gate"), "examined", examined)
    options = ["--node", "lb1=a.conf", "--node", "lb2=b.conf", "--set", "lb2:priority=90", "--dry-run"]
    assert CliRunner().invoke(app, ["gate", *options]).exit_code == 0
    assert asked == [(Path(), ["lb1=a.conf", "lb2=b.conf"], ["lb2:priority=90"], "")]


def test_the_help_of_a_dry_run_says_that_an_image_may_be_built() -> None:
    """The site's files are examined for the plan, in a container."""
    told = " ".join(CliRunner().invoke(app, ["gate", "--help"], env={"COLUMNS": "300"}).output.split())
    assert "Print the plan; break nothing. The balancers' image is built if it is missing." in told


def test_a_site_of_which_no_lab_can_be_made_keeps_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen with --only and two VRIDs: exit status 2 and one sentence, and what lint had found was lost."""
    gate = import_module("harness.cli.gate")
    pair = recorded("forum-no-check")
    told: list[GateReport] = []

    def keep(report: GateReport) -> GateReport:
        told.append(report)
        return report

    def refuse(*_: object) -> GateReport:
        raise UsageError("lb2 has no such instance.")

    monkeypatch.setattr(gate, "examined", lambda *_: Examined(pair.site, pair, UNSAFE))
    monkeypatch.setattr(gate, "ensure_images", lambda *_, **__: None)
    monkeypatch.setattr(gate, "judge", refuse)
    monkeypatch.setattr(gate, "kept", keep)
    monkeypatch.setattr(gate, "gate_page", lambda *_: None)
    done = CliRunner().invoke(app, ["gate", "site", "--only", "power-cut"])
    assert done.exit_code == 3
    assert told[0].sentence == "no lab can be made of the site: lb2 has no such instance."
