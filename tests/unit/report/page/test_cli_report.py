"""`harness report`, and the page that `harness run` and `harness gate` leave."""

import shutil
from pathlib import Path

import msgspec
import pytest

from harness.cli._kept import kept
from harness.cli.report import keep_report
from harness.cli.run import conclude
from harness.gate.report import GateReport
from harness.gate.report import Tried as TriedByTheGate
from harness.lint import Finding, Judged
from harness.report.page import page_path
from harness.report.page.gate_told import KEPT, GateTold, LintFinding, Tried
from tests.command_line import Cli
from tests.unit.report.page.hostile import DATA

JUDGED = (Judged("keepalived", "2.2.8", ("lb1", "lb2"), "2.2.7"),)


def copied(recording: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / recording, tmp_path / "runs" / recording))


def test_a_run_is_written_beside_what_was_recorded(cli: Cli, tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    assert cli("report", str(run)) == (0, f"{page_path(run)}\n", "")
    assert page_path(run).stat().st_size > 50_000


def test_a_run_is_found_by_its_name_and_told_as_json(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied("outage", tmp_path)
    monkeypatch.chdir(tmp_path)
    ended = cli("report", "outage", "--json", "--output", "there.html")
    assert msgspec.json.decode(ended.out) == {
        "report": "there.html",
        "bytes": (tmp_path / "there.html").stat().st_size,
    }
    missing = cli("report", "outagee")
    assert missing.code == 2
    assert "There is no run 'outagee', neither as a path nor in runs/. The newest: outage." in missing.err


@pytest.mark.parametrize("output", ["no/such/folder.html", "."])
def test_an_output_that_cannot_be_is_refused(cli: Cli, tmp_path: Path, output: str) -> None:
    run = copied("outage", tmp_path)
    ended = cli("report", str(run), "--output", str(tmp_path / output))
    assert ended.code == 2
    assert "--output is" in ended.err


def test_a_place_that_cannot_be_written_is_said(cli: Cli, tmp_path: Path) -> None:
    run = copied("outage", tmp_path)
    page_path(run).mkdir()
    ended = cli("report", str(run))
    assert ended.code == 2
    assert "The report cannot be written: [Errno 21]" in ended.err


def test_a_folder_that_is_no_run_is_refused(cli: Cli, tmp_path: Path) -> None:
    ended = cli("report", str(tmp_path))
    assert ended.code == 2
    assert "is no run: that is a folder with a run.json" in ended.err


def test_harness_run_leaves_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = copied("outage", tmp_path)
    assert conclude(run, 0, interrupted=False, left="", json=True) == 0
    assert page_path(run).is_file()
    assert f"report: {page_path(run)}" in capsys.readouterr().err


def test_a_page_that_fails_takes_no_verdict_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = copied("outage", tmp_path)
    page_path(run).mkdir()
    assert conclude(run, 0, interrupted=False, left="", json=True) == 0
    assert "The report could not be made (IsADirectoryError: [Errno 21] Is a directory" in capsys.readouterr().err
    keep_report(tmp_path)
    assert "has no run.json" in capsys.readouterr().err


def test_what_the_gate_said_is_kept_for_a_page_of_later(cli: Cli, tmp_path: Path) -> None:
    run = copied("survived", tmp_path)
    report = GateReport("SAFE", "the pair survived 8 failures", versions=JUDGED, run=str(run))
    assert kept(report) is report
    assert (run / KEPT).is_file()
    page = page_path(run).read_text()
    assert "the pair survived 8 failures" in page
    assert "<dt>keepalived of lb1, lb2</dt><dd>2.2.8 (site: 2.2.7)</dd>" in page
    page_path(run).unlink()
    assert cli("report", str(run)).code == 0
    assert "the pair survived 8 failures" in page_path(run).read_text()


def test_a_gate_without_a_run_leaves_nothing() -> None:
    report = GateReport("REFUSED", "haproxy.cfg is missing")
    assert kept(report) is report


def test_the_page_reads_all_that_it_shows_of_what_the_gate_keeps() -> None:
    """The gate lies above the report, which has a reading of its own: a field that is renamed is noticed here."""
    of_gate = {GateTold: GateReport, Tried: TriedByTheGate, LintFinding: Finding}
    for read, written in of_gate.items():
        assert set(read.__struct_fields__) <= set(written.__struct_fields__)
