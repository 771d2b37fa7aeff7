"""`harness gate`."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from harness.cli._console import Json, print_json, say, show, timed
from harness.cli._examined import Examined, examined
from harness.cli._gate_lines import lines, plan_lines
from harness.cli._kept import kept
from harness.cli._places import refuse_file, write
from harness.cli._site import Nodes, Release, Settings
from harness.cli._view import view
from harness.cli.lint import Folder
from harness.export import gate_page
from harness.gate import junit
from harness.gate.gate import judge
from harness.gate.prepare import Prepared, Wish, prepare
from harness.gate.preventions.decide import LEAST
from harness.gate.preventions.plan import announced, most_s
from harness.gate.report import GateReport
from harness.lab.images import ensure_images
from harness.lint import LintReport
from harness.model.errors import AgentError, BadValue, EnvironmentProblem, NotMeasured, UnknownName, UsageError
from harness.model.units import parse_duration, s
from harness.search.gate_battery import foretell
from harness.site.secrets import secrets, struct_without, without
from harness.site.site import Site

IMAGES: Final = {"agent", "balancer", "customer", "servers"}

Quick = Annotated[bool, typer.Option("--quick", help="One trial of eight faults: about three minutes.")]
_BUDGET = (
    "About this long. Only complete rounds of all faults are run; with --try-preventions one, and the rest is theirs. "
    "What is begun is ended: longer if trials must be repeated, or if the pair does not come to rest."
)
Budget = Annotated[str, typer.Option("--budget", metavar="TIME", help=_BUDGET)]
_ONLY = "haproxy-killed,return: these alone, also after a finding."
Only = Annotated[str, typer.Option("--only", metavar="TESTS", help=_ONLY)]
Trials = Annotated[int, typer.Option("--trials", min=1, help="Valid trials of each test.")]
_PREVENTIONS = (
    "For each test that fails: try changes of one setting on copies of the files, also after a finding of lint."
)
Preventions = Annotated[bool, typer.Option("--try-preventions", help=_PREVENTIONS)]
_PREVENTION_TRIALS = f"Trials before and with each change (default: {LEAST}). Fewer decide nothing."
PreventionTrials = Annotated[int | None, typer.Option("--prevention-trials", min=LEAST, help=_PREVENTION_TRIALS)]
_REQUIRE = "A partition test that fails makes the pair UNSAFE too. With --quick the partitions are tried then, too."
Require = Annotated[str, typer.Option("--require", metavar="partitions", help=_REQUIRE)]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML too.")]
_DRY_RUN = "Print the plan; break nothing. The balancers' image is built if it is missing."
DryRun = Annotated[bool, typer.Option("--dry-run", help=_DRY_RUN)]


def gate(
    folder: Folder = Path(),
    *,
    node: Nodes = None,
    settings: Settings = None,
    quick: Quick = False,
    budget: Budget = "",
    only: Only = "",
    trials: Trials = 1,
    try_preventions: Preventions = False,
    prevention_trials: PreventionTrials = None,
    release: Release = "",
    require: Require = "",
    junit_file: Junit = None,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Does your own pair survive what a pair is built for? Judged from outside, on a lab with its own files.

    First `harness lint`: an error there is a verdict already. Then a model foresees the faults in every phase, and the
    lab takes over the site's addresses, cards and files; stand-ins answer for its servers. Exit status: 0 SAFE,
    1 UNSAFE, 2 REFUSED, 3 INCONCLUSIVE, 4 something was left behind.

    Examples:

      harness gate site/ --quick

      harness gate site/ --budget 15m --json > verdict.json

      harness gate site/ --only haproxy-killed --try-preventions

      harness gate --node lb1=lb1.conf,haproxy.cfg --node lb2=lb2.conf,haproxy.cfg --quick
    """
    changes = _preventions(prevention_trials, wanted=try_preventions)
    wish = Wish(quick, _names(only), _seconds(budget), trials, _partitions(require), changes)
    refuse_file("--junit", junit_file)
    found = examined(folder, node or (), settings or (), release)
    if report := _report(folder, found, wish, dry_run=dry_run):
        _tell(report, found.site, junit_file, json=json)


def _tell(report: GateReport, site: Site, junit_file: Path | None, *, json: bool) -> None:
    """Raises `typer.Exit` with its status."""
    report = kept(struct_without(report, secrets(site)))
    if junit_file:
        view("The JUnit file", lambda: write(junit_file, junit.document(report)))
    view("The verdict", lambda: print_json(report) if json else _show(report))
    view("The page of this job", lambda: gate_page(report, say))
    raise typer.Exit(report.exit_code)


def _names(only: str) -> tuple[str, ...]:
    return tuple(filter(None, only.split(",")))


def _partitions(require: str) -> bool:
    """`Wish.partitions_decide`."""
    if require not in ("", "partitions"):
        raise BadValue("--require", require, "partitions")
    return require == "partitions"


def _report(folder: Path, found: Examined, wish: Wish, *, dry_run: bool) -> GateReport | None:
    """None after a dry run."""
    if found.pair is None or _decided(found.report, wish):
        return _of_lint(found.report)
    try:
        prepared = prepare(found.pair, wish)
    except UnknownName:  # of --only: the request is wrong, and not the site
        raise
    except UsageError as error:
        return _not_prepared(found.report, wish, str(error))
    for line in (*plan_lines(prepared), *(announced(prepared, wish.preventions) if wish.preventions else ())):
        say(without(line, secrets(found.site)))
    if dry_run:
        return None
    return _judged(folder, found, prepared, wish)


def _preventions(trials: int | None, *, wanted: bool) -> int:
    """`Wish.preventions`. Raises `UsageError` for their trials without them."""
    if trials is not None and not wanted:
        raise UsageError("--prevention-trials is of --try-preventions: give that, too.")
    return (trials or LEAST) if wanted else 0


def _not_prepared(linted: LintReport, wish: Wish, why: str) -> GateReport:
    """No lab can be made of the site. What lint decided stays decided."""
    if linted.verdict == "NO ERROR FOUND" or wish.only:
        return GateReport("INCONCLUSIVE", why, linted.findings, linted.accepted)
    return msgspec.structs.replace(_of_lint(linted), not_tried=(f"preventions: {why}",))


def _judged(folder: Path, found: Examined, prepared: Prepared, wish: Wish) -> GateReport:
    assert found.pair
    ensure_images(say, wanted=IMAGES, releases=found.site.releases)
    with timed(f"gate {folder}", _expected(prepared, wish)) as progress:
        foretold = foretell(folder.resolve().name, prepared, wish)
        progress(foretold.told.headline)
        try:
            report = judge(prepared, wish, folder, progress, foretold)
        except (NotMeasured, AgentError, EnvironmentProblem) as error:  # a pipeline wants its files then, too
            report = GateReport("INCONCLUSIVE", str(error), foreseen=foretold.told)
        except UsageError as error:  # such as nodes whose VRIDs differ, with --only; lint has said what that leads to
            report = GateReport("INCONCLUSIVE", f"no lab can be made of the site: {error}", foreseen=foretold.told)
    linted = found.report
    whole = msgspec.structs.replace(
        report, findings=linted.findings, accepted=linted.accepted, versions=linted.versions
    )
    return never_safer(whole, linted, by_name=bool(wish.only))


def _expected(prepared: Prepared, wish: Wish) -> str:
    most = most_s(prepared, wish.preventions) if wish.preventions else 0.0
    most = min(most, max(0.0, wish.budget_s - prepared.expected_s)) if wish.budget_s else most
    more = f", and about {most / 60:.0f} min for preventions if every test fails" if most else ""
    return f"about {prepared.expected_s / 60:.0f} min{more}"


def never_safer(report: GateReport, linted: LintReport, *, by_name: bool = True) -> GateReport:
    """Tests that are asked for show an outage of a finding; that they held does not take the finding back.

    `by_name`: of tests that are asked for by name, what could not be measured stays so; else lint has decided already.
    """
    if report.verdict == "UNSAFE" or linted.verdict == "NO ERROR FOUND" or (by_name and report.verdict != "SAFE"):
        return report
    tried = "what was tried held" if report.verdict == "SAFE" else f"what was tried is inconclusive: {report.sentence}"
    sentence = f"{linted.sentence} (harness lint; {tried})"
    return msgspec.structs.replace(report, verdict=linted.verdict, sentence=sentence)


def _decided(report: LintReport, wish: Wish) -> bool:
    """What lint finds is shown by a test that is asked for by name, or to try changes against; and otherwise enough."""
    shown = wish.only or (wish.preventions and report.verdict == "UNSAFE")
    return report.verdict != "NO ERROR FOUND" and not shown


def _of_lint(report: LintReport) -> GateReport:
    assert report.verdict != "NO ERROR FOUND"
    tail = "" if report.verdict == "REFUSED" else " (harness lint: nothing was broken to see it)"
    said = f"{report.sentence}{tail}"
    return GateReport(report.verdict, said, report.findings, report.accepted, versions=report.versions)


def _seconds(budget: str) -> float:
    return parse_duration(budget) / s if budget else 0.0


def _show(report: GateReport) -> None:
    for line in lines(report):
        show(line)
