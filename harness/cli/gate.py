"""`harness gate`."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from harness.cli._console import Json, one_line, print_json, say, show, timed
from harness.cli._examined import Examined, examined
from harness.cli._kept import kept
from harness.cli._site import Nodes, Release, Settings
from harness.cli._view import view
from harness.export import gate_page
from harness.gate import junit
from harness.gate.gate import judge
from harness.gate.prepare import Prepared, Wish, prepare
from harness.gate.report import GateReport, Tried
from harness.lab.images import ensure_images
from harness.lint import LintReport, judged_with
from harness.model.errors import BadValue, EnvironmentProblem, NotMeasured, UnknownName, UsageError
from harness.model.units import parse_duration, s
from harness.site.secrets import secrets, struct_without

IMAGES = {"agent", "balancer", "customer", "servers"}
DRY_RUN = "Print the plan; break nothing. The balancers' image is built if it is missing."


def gate(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The site's files, with a pair.toml.")] = Path(),
    *,
    node: Nodes = None,
    settings: Settings = None,
    quick: Annotated[bool, typer.Option("--quick", help="One trial of eight faults: about three minutes.")] = False,
    budget: Annotated[
        str,
        typer.Option("--budget", metavar="TIME", help="At most this long. Only complete rounds of all faults are run."),
    ] = "",
    only: Annotated[
        str, typer.Option("--only", metavar="TESTS", help="haproxy-killed,return: these alone, also after a finding.")
    ] = "",
    trials: Annotated[int, typer.Option("--trials", min=1, help="Valid trials of each test.")] = 1,
    release: Release = "",
    require: Annotated[
        str,
        typer.Option("--require", metavar="partitions", help="A partition test that fails makes the pair UNSAFE too."),
    ] = "",
    junit_file: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML too.")] = None,
    json: Json = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=DRY_RUN)] = False,
) -> None:
    """Does your own pair survive what a pair is built for? Judged from outside, on a lab with its own files.

    First `harness lint`: an error there is a verdict already. Then the lab takes over the site's addresses, cards and
    files; stand-ins answer for its servers, and faults meet the node that has the addresses. Exit status: 0 SAFE,
    1 UNSAFE, 2 REFUSED, 3 INCONCLUSIVE, 4 something was left behind.

    Examples:

      harness gate site/ --quick

      harness gate site/ --budget 15m --json > verdict.json

      harness gate site/ --only haproxy-killed --trials 3

      harness gate site/ --set lb2:priority=90

      harness gate --node lb1=lb1.conf,haproxy.cfg --node lb2=lb2.conf,haproxy.cfg --quick

      harness gate site/ --quick --release lb1=trixie,lb2=bookworm
    """
    if require not in ("", "partitions"):
        raise BadValue("--require", require, "partitions")
    wish = Wish(quick, tuple(filter(None, only.split(","))), _seconds(budget), trials, require == "partitions")
    found = examined(folder, node or (), settings or (), release)
    report = _report(folder, found, wish, dry_run=dry_run)
    if report is None:
        return
    report = kept(struct_without(report, secrets(found.site)))
    if junit_file:
        view("The JUnit file", lambda: junit_file.write_text(junit.document(report)))
    view("The verdict", lambda: print_json(report) if json else _show(report))
    view("The page of this job", lambda: gate_page(report, say))
    raise typer.Exit(report.exit_code)


def _report(folder: Path, found: Examined, wish: Wish, *, dry_run: bool) -> GateReport | None:
    """None after a dry run."""
    if found.pair is None or _decided(found.report, wish):
        return _of_lint(found.report)
    try:
        prepared = prepare(found.pair, wish)
    except UnknownName:  # of --only: the request is wrong, and not the site
        raise
    except UsageError as error:
        return GateReport("INCONCLUSIVE", str(error), found.report.findings)
    _announce(prepared)
    if dry_run:
        return None
    return _judged(folder, found, prepared)


def _judged(folder: Path, found: Examined, prepared: Prepared) -> GateReport:
    assert found.pair
    ensure_images(say, wanted=IMAGES, releases=found.site.releases)
    with timed(f"gate {folder}", f"about {prepared.expected_s / 60:.0f} min") as progress:
        try:
            report = judge(found.site, prepared, folder, progress)
        except (NotMeasured, EnvironmentProblem) as error:  # a pipeline wants its files then, too
            report = GateReport("INCONCLUSIVE", str(error))
    whole = msgspec.structs.replace(report, findings=found.report.findings, versions=found.report.versions)
    return never_safer(whole, found.report)


def never_safer(report: GateReport, linted: LintReport) -> GateReport:
    """Tests that are asked for by name show an outage of a finding; that they held does not take the finding back."""
    if report.verdict != "SAFE" or linted.verdict == "NO ERROR FOUND":
        return report
    sentence = f"{linted.sentence} (harness lint; what was tried held)"
    return msgspec.structs.replace(report, verdict=linted.verdict, sentence=sentence)


def _decided(report: LintReport, wish: Wish) -> bool:
    """What lint finds is shown by a test that is asked for by name, and otherwise enough."""
    return report.verdict != "NO ERROR FOUND" and not wish.only


def _of_lint(report: LintReport) -> GateReport:
    assert report.verdict != "NO ERROR FOUND"
    tail = "" if report.verdict == "REFUSED" else " (harness lint: nothing was broken to see it)"
    return GateReport(report.verdict, f"{report.sentence}{tail}", report.findings, versions=report.versions)


def _announce(prepared: Prepared) -> None:
    """What will be tried and how long it takes, before anything starts."""
    for router in prepared.routers:
        say(f"{router.name} (VRID {router.vrid}): {', '.join(router.vips)}; {router.preferred} has them")
        for formula in router.formulas:
            say(f"  {formula}")
    say(f"tests: {', '.join(test.name for test in prepared.tests)}; trials of each: {prepared.trials}")
    say(f"expected: {prepared.expected_s / 60:.1f} min")
    for each in _together(prepared.not_tried):
        say(f"not tried: {each}")


def _seconds(budget: str) -> float:
    return parse_duration(budget) / s if budget else 0.0


def _show(report: GateReport) -> None:
    show(f"{report.verdict}: {one_line(report.sentence)}")
    for finding in report.findings:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        show(f"  {finding.severity}  {one_line(f'{place}  {finding.sentence}')}")
    for test in report.tests:
        show(_line(test))
    for line in report.exposed:
        show(f"Exposed to: {one_line(line)}")
    for line in _together(report.not_tried):
        show(f"Not tried: {one_line(line)}")
    for vip, why in report.unjudged.items():
        show(one_line(f"Not judged: {vip}, {why}"))
    if report.stand_ins:
        show(f"Stand-ins: {one_line('; '.join(report.stand_ins))}")
    if report.versions:
        show(one_line(judged_with(report.versions)))
    if report.left_behind:
        show(f"Left behind: {one_line(report.left_behind)}")
    if report.run:
        show(f"Recorded in {report.run}")


def _together(left: tuple[str, ...]) -> list[str]:
    """``power-cut, freeze: not asked for``."""
    names: dict[str, list[str]] = {}
    for each in left:
        name, _, why = each.partition(": ")
        names.setdefault(why, []).append(name)
    return [f"{', '.join(tests)}: {why}" for why, tests in names.items()]


def _line(test: Tried) -> str:
    took = ", ".join(f"{vip} {_times(times)}" for vip, times in test.recovery_s.items())
    told = one_line(test.failure) or f"without service: {took}; allowed {test.bound_s:.2f} s"
    return f"  {test.verdict:<12} {test.name:<18} {told}"


def _times(times: list[float | None]) -> str:
    return " ".join("to the end" if each is None else f"{each:.2f} s" for each in times)
