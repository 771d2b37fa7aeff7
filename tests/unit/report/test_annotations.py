"""Workflow commands: nothing of a site's files can end one, begin another, or reach another file's annotation."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lint import Finding, LintReport
from harness.report.annotations import commands


def command(finding: Finding, folder: str = "site") -> str:
    (only,) = commands(LintReport("UNSAFE", "so", (finding,)), Path(folder))
    return only


def test_a_finding_is_a_command_with_its_place() -> None:
    finding = Finding("vrid-mismatch", "error", "lb2/keepalived.conf", 7, "It differs.", "virtual_router_id 51")
    assert command(finding) == (
        "::error file=site/lb2/keepalived.conf,line=7,title=vrid-mismatch::It differs. Instead: virtual_router_id 51"
    )


def test_without_a_line_and_a_remedy() -> None:
    finding = Finding("no-check", "note", "pair.toml", 0, "None.")
    assert command(finding, "/srv/site") == "::notice file=/srv/site/pair.toml,title=no-check::None."


@pytest.mark.parametrize("severity, level", [("error", "error"), ("warning", "warning"), ("note", "notice")])
def test_each_severity_has_its_level(severity: str, level: str) -> None:
    finding = Finding("r", severity, "f", 1, "s")  # type: ignore[arg-type]
    assert command(finding).startswith(f"::{level} ")


def test_what_has_a_meaning_is_escaped() -> None:
    finding = Finding("r", "error", "a,line=1::b\n%/keepalived.conf", 2, "100 % of\r\n::error::lines, a:b", "50 %")
    assert command(finding, "my:site") == (
        "::error file=my%3Asite/a%2Cline=1%3A%3Ab%0A%25/keepalived.conf,line=2,title=r"
        "::100 %25 of%0D%0A::error::lines, a:b Instead: 50 %25"
    )


@given(file=st.text(min_size=1), sentence=st.text(), instead=st.text())
def test_one_finding_is_one_line_and_can_be_read_back(file: str, sentence: str, instead: str) -> None:
    """As actions/runner does: unescape what is between the marks."""
    said = command(Finding("r", "error", file, 3, sentence, instead), "")
    assert "\n" not in said
    assert "\r" not in said
    head, _, data = said.removeprefix("::error ").partition("::")
    read = dict(each.split("=", 1) for each in head.split(","))
    assert list(read) == ["file", "line", "title"]
    assert plain(read["file"]) == str(Path() / file)
    assert plain(data) == (f"{sentence} Instead: {instead}" if instead else sentence)


def plain(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text
