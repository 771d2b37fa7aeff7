"""A lint report as workflow commands of GitHub Actions: each finding at its line of the pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions; escaping as @actions/core's command.ts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.lint import Finding, LintReport

_LEVEL: Final = {"error": "error", "warning": "warning", "note": "notice"}


def commands(report: LintReport, folder: Path) -> Iterator[str]:
    """`folder`: the site's, as it is named from the checkout's root."""
    for finding in report.findings:
        yield _command(finding, folder)


def _command(finding: Finding, folder: Path) -> str:
    line = f",line={finding.line}" if finding.line else ""
    file, title = _property(str(folder / finding.file)), _property(finding.rule)
    return f"::{_LEVEL[finding.severity]} file={file}{line},title={title}::{_data(finding.text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
