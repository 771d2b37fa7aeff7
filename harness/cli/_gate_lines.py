"""A gate's plan and its verdict as lines for people; what the site wrote is in one line each."""

from collections.abc import Iterator

from harness.cli._console import one_line
from harness.gate.prepare import Prepared
from harness.gate.report import GateReport, Tried
from harness.lint import AcceptedFinding, judged_with
from harness.model.foreseen import Foreseen
from harness.model.prevention import Prevention
from harness.report.times import without_service
from harness.report.together import together


def plan_lines(prepared: Prepared) -> Iterator[str]:
    """What will be tried and how long it takes, before anything starts."""
    for router in prepared.routers:
        yield f"{router.name} (VRID {router.vrid}): {', '.join(router.vips)}; {router.preferred} has them"
        for formula in router.formulas:
            yield f"  {formula}"
    yield f"tests: {', '.join(test.name for test in prepared.tests)}; trials of each: {prepared.trials}"
    yield f"expected: {prepared.expected_s / 60:.1f} min"
    for each in together(prepared.not_tried):
        yield f"not tried: {each}"


def lines(report: GateReport) -> Iterator[str]:
    """The verdict first."""
    yield f"{report.verdict}: {one_line(report.sentence)}"
    for finding in report.findings:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        yield f"  {finding.severity}  {one_line(f'{place}  {finding.sentence}')}"
    yield from map(_accepted, report.accepted)
    yield from map(_line, report.tests)
    yield from (f"Exposed to: {one_line(line)}" for line in report.exposed)
    if report.foreseen:
        yield from _foreseen(report.foreseen)
    for each in report.preventions:
        yield from _prevention(each)
    yield from _beside(report)


def _accepted(accepted: AcceptedFinding) -> str:
    finding, until = accepted.finding, f" until {accepted.until}" if accepted.until else ""
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return f"  accepted{until}  {one_line(f'{place}  [{finding.rule}]  {accepted.reason}')}"


def _foreseen(told: Foreseen) -> Iterator[str]:
    yield one_line(told.headline)
    yield from (f"  {one_line(line)}" for line in told.lines)
    yield from (f"The simulation and the lab disagree: {one_line(line)}" for line in told.disagree)


def _prevention(tried: Prevention) -> Iterator[str]:
    yield one_line(f"Prevention, {tried.headline}: {tried.name}")
    yield from (f"  {one_line(line)}" for line in tried.lines)


def _beside(report: GateReport) -> Iterator[str]:
    yield from (f"Not tried: {one_line(line)}" for line in together(report.not_tried))
    yield from (one_line(f"Not judged: {vip}, {why}") for vip, why in report.unjudged.items())
    if report.stand_ins:
        yield f"Stand-ins: {one_line('; '.join(report.stand_ins))}"
    if report.versions:
        yield one_line(judged_with(report.versions))
    if report.left_behind:
        yield f"Left behind: {one_line(report.left_behind)}"
    if report.run:
        yield f"Recorded in {report.run}"


def _line(test: Tried) -> str:
    took = without_service(test.recovery_s, test.before_end_s)
    told = one_line(test.failure) or f"without service: {took}; allowed {test.bound_s:.2f} s"
    spoilt = f"; failures on a busy machine, which do not count: {len(test.spoilt)}" if test.spoilt else ""
    return f"  {test.verdict:<12} {test.name:<18} {told}{spoilt}"
