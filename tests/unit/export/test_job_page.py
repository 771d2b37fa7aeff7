"""$GITHUB_STEP_SUMMARY: what `harness run` and `harness gate` append to it, and what never changes a verdict."""

import shutil
from pathlib import Path

import pytest

from harness.cli.run import conclude
from harness.export import _job_page, gate_page
from harness.gate.report import GateReport
from tests.unit.export.nasty import OUTAGE


def concluded(tmp_path: Path) -> int:
    run = tmp_path / "run"
    shutil.copytree(OUTAGE, run, dirs_exist_ok=True)
    return conclude(run, 0, interrupted=False, left="", json=True)


def test_a_run_appends_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    assert concluded(tmp_path) == 0
    assert page.read_text().startswith("before\n### ✅")
    gate_page(GateReport("SAFE", "it held"), print)
    assert page.read_text().endswith("### ✅ SAFE: it held\n\n")


def test_without_the_variable_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    gate_page(GateReport("SAFE", "it held"), print)
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_said_and_changes_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "such" / "folder"))
    assert concluded(tmp_path) == 0
    assert "was not written" in capsys.readouterr().err


def test_a_page_that_is_too_long_is_cut_at_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    _job_page.append("é" * 99 + "\n" + "ü line\n" * 200_000, print)
    data = (tmp_path / "page.md").read_bytes()
    assert len(data) < 2**20
    *_, last_whole, empty, said = data.decode().rstrip().split("\n")
    assert (last_whole, empty) == ("ü line", "")
    assert said.startswith("Cut here")
