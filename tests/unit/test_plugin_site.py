"""``--site``: which tests there are, and what is refused before any container is made."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.gate.battery import AT_REST_ALLOWED, GateTest
from harness.gate.prepare import Wish, prepare
from harness.gate.rest import FailingCheck, Rest
from harness.lint import LintReport
from harness.model.errors import NotMeasured
from harness.plugin_site import SitePair
from tests.lint_pairs import conf, two
from tests.recorded_sites import FOLDER

ROOT = Path(__file__).parents[2]
RESILIENCE = ROOT / "experiments" / "test_resilience.py"


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_without_a_site_the_battery_is_skipped_and_no_lab_is_started() -> None:
    done = run(str(RESILIENCE))
    assert "1 skipped" in done.stdout
    assert "no pair to judge: --site DIR" in done.stdout


@pytest.mark.parametrize(
    "options,said",
    [
        (["--site", "/nowhere"], "'/nowhere' is no folder"),
        (["--site", str(FOLDER / "wiki-minimal"), "--release", "sid"], "There is no release 'sid'. Valid: bookworm"),
    ],
)
def test_a_site_that_cannot_be_read_is_one_line(options: list[str], said: str) -> None:
    done = run(str(RESILIENCE), *options)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "options,said",
    [
        (["resilience"], "--site DIR"),
        (["june_13", "--release", "bookworm"], "needs --site"),
        (["resilience", "--site", "/nowhere"], "is no folder"),
        (["resilience", "--site", str(FOLDER / "wiki-minimal"), "--keep"], "no --configuration, --keep"),
        (["resilience", "--site", str(FOLDER / "wiki-minimal"), "--release", "lb9=trixie"], "no node 'lb9'"),
    ],
)
def test_run_refuses_what_does_not_go_together(options: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["run", *options])
    assert said in str(done.exception)


REST = GateTest("at-rest", "", None, "rest", AT_REST_ALLOWED, 1)


def linted(report: LintReport) -> SitePair:
    return SitePair(None, None, report, "", None)  # type: ignore[arg-type]


def test_an_error_of_lint_is_a_complaint_at_rest() -> None:
    """A pair in which lint finds an error does not pass, whatever is tried."""
    unsafe = linted(LintReport("UNSAFE", "the VRIDs differ"))
    assert unsafe.complaints(REST, None) == ["harness lint: the VRIDs differ"]  # type: ignore[arg-type]
    assert linted(LintReport("NO ERROR FOUND", "")).linted() == []


def test_files_that_lint_could_not_judge_make_the_trial_invalid() -> None:
    with pytest.raises(NotMeasured, match="a script is missing"):
        linted(LintReport("INCONCLUSIVE", "a script is missing")).linted()


SYSTEMCTL = "/usr/bin/systemctl is-active -q haproxy"
HELD = SimpleNamespace(vantages={})
"""Of a trial in which no customer was worse off than allowed."""


def of(command: str) -> SitePair:
    pair = two(confs=(conf(101, command), conf(100, command)))
    return SitePair(pair.site, prepare(pair, Wish()), LintReport("NO ERROR FOUND", ""), "", None)  # type: ignore[arg-type]


def complaints(pair: SitePair, name: str) -> list[str]:
    (test,) = [each for each in pair.tests if each.name == name]
    return pair.complaints(test, HELD)  # type: ignore[arg-type]


def test_a_test_that_depends_on_a_stand_in_is_invalid() -> None:
    with pytest.raises(
        NotMeasured, match="runs systemctl, of which the lab has a stand-in alone: haproxy-killed shows"
    ):
        complaints(of(SYSTEMCTL), "haproxy-killed")
    assert complaints(of(SYSTEMCTL), "power-cut") == []
    assert complaints(of("/usr/bin/pgrep -x haproxy"), "haproxy-killed") == []


@pytest.mark.parametrize(
    "seen, said",
    [
        (
            Rest(failing=(FailingCheck("lb1", "gw", "it asks 192.0.2.1"),)),
            "gw of lb1 fails on the lab: it asks 192.0.2.1",
        ),
        (Rest(untold=("lb2",)), "keepalived of lb2 does not tell its state"),
    ],
)
def test_at_rest_a_check_that_the_lab_cannot_answer_makes_the_trial_invalid(
    monkeypatch: pytest.MonkeyPatch, seen: Rest, said: str
) -> None:
    monkeypatch.setattr(SitePair, "at_rest", lambda _: seen)
    with pytest.raises(NotMeasured, match=said):
        complaints(of("/usr/bin/pgrep -x haproxy"), "at-rest")


def test_a_pair_at_rest_of_which_all_is_told_has_no_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SitePair, "at_rest", lambda _: Rest())
    assert complaints(of("/usr/bin/pgrep -x haproxy"), "at-rest") == []
