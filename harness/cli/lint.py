"""`harness lint`."""

from pathlib import Path
from typing import Annotated

import typer

from harness import lint as rules
from harness.cli._console import Json, one_line, print_json, say, show
from harness.cli._examined import examined
from harness.cli._site import Nodes, Release, Settings
from harness.lint import EXIT, AcceptedFinding, Finding, LintReport
from harness.model.errors import UsageError
from harness.report import annotations, sarif

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The site's files, with a pair.toml.")]
Sarif = Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 to stdout, for code scanning.")]
_GITHUB = "Print workflow commands too: annotations of the lines."
Github = Annotated[bool, typer.Option("--github", envvar="GITHUB_ACTIONS", help=_GITHUB)]


def lint(
    folder: Folder = Path(),
    *,
    node: Nodes = None,
    settings: Settings = None,
    release: Release = "",
    json: Json = False,
    as_sarif: Sarif = False,
    github: Github = False,
) -> None:
    """What is wrong with a pair, from its files alone: nothing is broken, and it takes seconds.

    keepalived and HAProxy themselves read the files of each node, in a container without a network; rules then judge
    the settings of all nodes together. Exit status: 0 no error found, 1 unsafe, 2 refused, 3 inconclusive.

    Examples:

      harness lint site/

      harness lint site/ --json | jq .verdict

      harness lint --node lb1=lb1.conf,haproxy.cfg --node lb2=lb2.conf,haproxy.cfg

      harness lint --node lb1=keepalived.conf --node lb2=keepalived.conf --set lb2:priority=90,state=BACKUP

      harness lint site/ --release lb1=bookworm,lb2=trixie

      harness rules check-cannot-move-vip
    """
    if json and as_sarif:
        raise UsageError("--json and --sarif are two documents, and stdout takes one.")
    report = examined(folder, node or (), settings or (), release).report
    if as_sarif:
        show(sarif.document(report, rules.ALL.values(), folder))
    else:
        print_json(report) if json else _show(report)
    if github:
        for line in annotations.commands(report, folder):
            say(line) if json or as_sarif else show(line)
    raise typer.Exit(EXIT[report.verdict])


def _show(report: LintReport) -> None:
    show(f"{report.verdict}: {one_line(report.sentence)}")
    for finding in report.findings:
        _show_finding(finding)
    for each in report.accepted:
        _show_accepted(each)
    if report.versions:
        show(f"\n{one_line(rules.judged_with(report.versions))}")
    if report.verdict != "REFUSED":
        show("Nothing was tried: a pair without an error here may still fail. `harness rules NAME` explains a rule.")


def _show_finding(finding: Finding) -> None:
    show(f"\n{finding.severity}  {_place(finding)}\n  {one_line(finding.sentence)}")
    if finding.instead:
        show(f"  instead: {one_line(finding.instead)}")
    if finding.experiment:
        show(f"  shown by: {finding.experiment}")


def _show_accepted(accepted: AcceptedFinding) -> None:
    until = f" until {accepted.until}" if accepted.until else ""
    show(f"\naccepted{until}  {_place(accepted.finding)}  {one_line(accepted.reason)}")


def _place(finding: Finding) -> str:
    file = one_line(finding.file)
    return f"{file}:{finding.line}  [{finding.rule}]" if finding.line else f"{file}  [{finding.rule}]"
