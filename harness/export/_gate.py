"""A gate's report as Markdown."""

from collections.abc import Iterator
from typing import Final

from harness.export._escape import markdown as escaped
from harness.export.markdown import listed, table
from harness.gate.report import GateReport, Tried
from harness.model.prevention import Prevention
from harness.report.times import without_service
from harness.report.together import together

MARKS: Final = {"SAFE": "✅", "UNSAFE": "❌", "INCONCLUSIVE": "⚠️", "REFUSED": "🚫"}
HEAD: Final = ("test", "fault", "verdict", "without service", "allowed")


def document(report: GateReport) -> str:
    """Ends with an empty line, so that another document may follow."""
    mark = MARKS["INCONCLUSIVE"] if report.verdict == "SAFE" and report.exit_code else MARKS[report.verdict]
    parts = [f"### {mark} {report.verdict}: {escaped(report.sentence)}"]
    parts += [f"**Left behind: {escaped(report.left_behind)}**"] if report.left_behind else []
    parts += ["**Interrupted before everything was tried.**"] if report.interrupted else []
    parts += [table(HEAD, map(_row, report.tests))] if report.tests else []
    parts += listed("harness lint", _findings(report))
    parts += listed("Failed, and does not decide", map(escaped, report.exposed))
    if report.foreseen:
        parts += listed(escaped(report.foreseen.headline), map(escaped, report.foreseen.lines))
        parts += listed("The simulation and the lab disagree", map(escaped, report.foreseen.disagree))
    parts += [part for each in report.preventions for part in listed(*_prevention(each))]
    parts += listed("Not tried", map(escaped, together(report.not_tried)))
    parts += listed("Not judged", (escaped(f"{vip}, {why}") for vip, why in report.unjudged.items()))
    parts += [f"Run: {escaped(report.run)}"] if report.run else []
    return "\n\n".join(parts) + "\n\n"


def _prevention(tried: Prevention) -> tuple[str, Iterator[str]]:
    return escaped(f"Prevention, {tried.headline}: {tried.name}"), map(escaped, tried.lines)


def _row(test: Tried) -> list[str]:
    took = without_service(test.recovery_s, test.before_end_s)
    verdict = f"{test.verdict}: {test.failure}" if test.failure else test.verdict
    return [*map(escaped, (test.name, test.fault, verdict, took or "–")), f"{test.bound_s:.2f} s"]


def _findings(report: GateReport) -> Iterator[str]:
    for each in report.findings:
        place = f"{each.file}:{each.line}" if each.line else each.file
        yield escaped(f"{each.severity} {place}: {each.sentence}")
