"""`harness run`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from docker.errors import DockerException
from requests import RequestException

from harness.cli._against import against, exit_status, print_outcome, read_baseline
from harness.cli._console import DEFAULT, DryRun, Json, LabName, print_json, say, show, timed
from harness.cli._job import Asked, Job, Place, configurations, job_of
from harness.cli._places import refuse_file, refuse_folder
from harness.cli._site import Release
from harness.cli._view import view
from harness.cli.report import keep_report
from harness.cli.up import AcceptChanged
from harness.experiment.catalogue import TestEntry, find_experiment
from harness.experiment.process import Tests
from harness.export import run_page
from harness.lab import compose, definition, ready
from harness.lab.lab import Lab
from harness.model.configuration import Configuration
from harness.model.errors import BadValue, EnvironmentProblem, HarnessError, LeftBehind, NotMeasured, UsageError
from harness.model.outcome import RunOutcome, decode_outcome
from harness.site import pair_file

VERDICT_EXIT: Final = {"passed": 0, "failed": 1, "invalid": 3}
_PYTEST_USAGE: Final = (4, 5)  # its exit statuses for wrong use, and for no test at all

Name = Annotated[
    str, typer.Argument(metavar="EXPERIMENT", help="NAME as `harness list` shows it, or PATH of your own file.")
]
Only = Annotated[str, typer.Option(help="Comma-separated tests, e.g. outage,flush. Default: all.")]
_TRIALS = "Valid trials of each test. Without it 3, and 2 of a test whose trials last a minute or longer."
TrialCount = Annotated[int | None, typer.Option("--trials", help=_TRIALS)]
ConfigurationName = Annotated[str, typer.Option("--configuration", help="NAME or PATH; overrides the tests' own.")]
_PROBES = "Probes per second of each vantage point, 10 to 1,000 (default: 200). Fewer on a machine that is too slow."
ProbeRate = Annotated[float | None, typer.Option("--probe-rate", metavar="HZ", help=_PROBES)]
Keep = Annotated[bool, typer.Option("--keep", help="Leave the lab up afterwards. One that was up before always stays.")]
Junit = Annotated[Path | None, typer.Option("--junit", help="Write a JUnit file too.")]
Runs = Annotated[Path, typer.Option("--runs", help="Where run folders go.")]
_SITE = "Your own pair: a folder with a pair.toml. The lab is made of it, and removed at the end, whatever --lab says."
SiteFolder = Annotated[Path | None, typer.Option("--site", metavar="DIR", help=_SITE)]
OF_A_SITE: Final = "resilience"
_BASELINE = "Compare with this run of the same experiment; needs --trials 10 or more. Exit status 1 if worse."
BaselineRun = Annotated[str, typer.Option("--baseline", metavar="RUN", help=_BASELINE)]


def run(
    experiment: Name,
    *,
    only: Only = "",
    trials: TrialCount = None,
    probe_rate: ProbeRate = None,
    lab: LabName = DEFAULT,
    configuration: ConfigurationName = "",
    site: SiteFolder = None,
    release: Release = "",
    accept_changed: AcceptChanged = False,
    keep: Keep = False,
    json: Json = False,
    dry_run: DryRun = False,
    junit: Junit = None,
    runs: Runs = Path("runs"),
    baseline: BaselineRun = "",
) -> None:
    """Run an experiment and print its verdict. Brings the lab up if it is not, and then takes it down again.

    Files that keepalived or HAProxy would not run as they are written are refused by line, before anything starts.

    Exit status: 0 as expected, 1 not, 2 wrong use, 3 nothing could be measured, 4 something was left behind,
    130 interrupted (undone first; what was measured is kept and marked).

    Examples:

      harness run june_13 --only outage,flush,announce --trials 1

      harness run june_13 --trials 10 --json > june_13.json

      harness run june_13 --configuration ./our-pair --junit junit.xml

      harness run resilience --site balancers/

      harness run june_13 --only survived --trials 10 --baseline june_13-20261129-155842
    """
    asked = Asked(experiment, only, trials, probe_rate, configuration, site, release, baseline)
    place = Place(lab, runs, junit, json)
    raise typer.Exit(_run(asked, place, accept_changed=accept_changed, keep=keep, dry_run=dry_run))


def _run(asked: Asked, place: Place, *, accept_changed: bool, keep: bool, dry_run: bool) -> int:
    """The exit status. What is wrong is refused before anything starts."""
    chosen = find_experiment(asked.experiment)
    tests = chosen.choose(asked.only)
    _refuse(asked.trials, asked.probe_rate, asked.configuration)
    refuse_file("--junit", place.junit)
    refuse_folder("--runs", place.runs)
    refuse_site(chosen.name, asked.site, asked.configuration, asked.release, keep=keep)
    before = _baseline(asked, chosen.name, place.runs, tests)
    job = job_of(asked, chosen, place)
    if not asked.site:
        check, files = ready.check_dry if dry_run else ready.check, configurations(job, asked.configuration)
        check(place.lab, files, say, chosen.overlays, accept_changed=accept_changed)
    if dry_run:
        _plan(job)
        return 0
    return _on_a_site(job) if asked.site else _on_a_lab(job, place.lab, before, keep=keep)


def _baseline(asked: Asked, name: str, runs: Path, tests: Sequence[TestEntry]) -> RunOutcome | None:
    if not asked.baseline:
        return None
    return read_baseline(asked.baseline, name, asked.trials, runs, [each.name for each in tests])


def refuse_site(name: str, site: Path | None, configuration: str, release: str, *, keep: bool) -> None:
    """Raises `UsageError` for an experiment without its pair, a bad pair.toml, and options that do not go together."""
    if site is None and name == OF_A_SITE:
        raise UsageError(f"{name} judges a pair of your own: harness run {name} --site DIR, which has a pair.toml.")
    if site is None and release:
        raise UsageError("--release is of a pair of your own: it needs --site DIR.")
    if site and (configuration or keep):
        raise UsageError("--site has a configuration of its own, and its lab is removed: no --configuration, --keep.")
    if site:
        pair_file.read(site, release=release)


def _on_a_lab(job: Job, lab: str, baseline: RunOutcome | None, *, keep: bool) -> int:
    """The exit status. Raises `LeftBehind`."""
    with _lab(lab, job.experiment.overlays, keep=keep) as stay:
        say(f"{job.experiment.name}: recorded in {job.folder}")
        process = Tests(job.command, say)
        status, left = process.run(), left_behind(lab)
    left = stay.left or _still_left(left, lab, stays=stay.stays)
    return conclude(job.folder, status, interrupted=process.interrupted, left=left, json=job.json, baseline=baseline)


def _on_a_site(job: Job) -> int:
    """Its lab is made and removed by the tests' own process (harness/plugin_site.py), and no fault outlives it."""
    say(f"recorded in {job.folder}")
    before, process = set(ready.labs()), Tests(job.command, say)
    status = process.run()
    still = sorted(name for name in set(ready.labs()) - before if name.startswith("gate-"))
    left = f"Still there: {', '.join(still)}. Try: harness down --lab {still[0]}" if still else ""
    return conclude(job.folder, status, interrupted=process.interrupted, left=left, json=job.json)


def _refuse(trials: int | None, probe_rate: float | None, configuration: str) -> None:
    """Raises `UsageError` for a value out of range or an unknown configuration, before anything is started."""
    if probe_rate is not None and not 10 <= probe_rate <= 1_000:
        raise BadValue("--probe-rate", probe_rate, "a number from 10 to 1000")
    if trials is not None and trials < 1:
        raise BadValue("--trials", trials, "a whole number from 1 on")
    if configuration:
        Configuration.load(configuration)


def left_behind(lab: str) -> str:
    """What is still in force after a run, or that the agents could not be asked; empty if nothing is."""
    try:
        with Lab(lab) as opened:
            held = [each for agent in ("hand", "service") for each in opened.agent(agent).hello().held]
    except (HarnessError, DockerException, RequestException) as error:
        return f"Whether a fault is still in force after the run could not be asked: {error}"
    what = ", ".join(f"{each.op} of {each.holder}" for each in held)
    return f"Still in force after the run: {what}." if held else ""


def _still_left(left: str, lab: str, *, stays: bool) -> str:
    """`left` of a lab that stays, with what to do. A fault is in force inside the lab's containers: it ends with them.

    A fault that was removed with its lab is printed only: the verdict counts.
    """
    if left and not stays:
        say(f"{left} The lab {lab} was removed, and its faults with it.")
        return ""
    return f"{left} Try: harness undo --lab {lab}, or harness down --lab {lab}." if left else ""


def _plan(job: Job) -> None:
    name, tests = job.experiment.name, [test.name for test in job.tests]
    if job.json:
        print_json({"experiment": name, "tests": tests, "command": job.command})
    else:
        show(f"{name}: would run {', '.join(tests)}\n  {' '.join(job.command)}")


@dataclass
class _Stay:
    """`left`: why the lab could not be taken down; "" if it could, or stays."""

    stays: bool
    left: str = ""


@contextmanager
def _lab(name: str, overlays: tuple[str, ...], *, keep: bool) -> Iterator[_Stay]:
    """The lab is up in the body. It is taken down after, unless `keep` or a part of it ran before."""
    before = ready.running(name)
    stay = _Stay(keep or bool(before))
    try:
        if not before.issuperset(definition.of(name, overlays).services):
            with timed(f"up {name}", ready.up_expected(overlays)) as progress:
                ready.bring_up(name, Configuration.load("default"), progress, overlays)
        yield stay
    finally:
        if not stay.stays:
            with timed(f"down {name}", f"{ready.DOWN_SECONDS} s at most"):
                stay.left = _down(name)


def _down(name: str) -> str:
    """Why it could not be taken down: the verdict of its tests is said all the same. "" if it could."""
    try:
        compose.down(name)
    except EnvironmentProblem as error:
        say(f"harness: {error}")
        return f"The lab {name} could not be taken down. Try: harness down --lab {name}"
    return ""


def conclude(
    folder: Path, status: int, *, interrupted: bool, left: str, json: bool, baseline: RunOutcome | None = None
) -> int:
    """Prints the verdict, and the comparison with a baseline; returns the exit status.

    A run that is not as expected is not, whatever the comparison says.
    """
    outcome = _outcome(folder)
    found = against(outcome, baseline)
    try:
        if outcome:
            keep_report(folder)
            view("The page of this job", lambda: run_page(outcome, say))
            print_outcome(outcome, found, json=json)
    finally:  # after an interrupt, too
        if left:
            raise LeftBehind(left)
    if interrupted:
        say(f"Interrupted; everything was undone. What was measured is in {folder}.")
        return 130
    if status in _PYTEST_USAGE:
        raise UsageError(f"pytest refused its arguments (exit status {status}); its output is above.")
    if outcome is None:
        raise NotMeasured(f"The run ended with exit status {status} and no outcome in {folder}; its output is above.")
    if status not in {0, 1} or (status == 1 and outcome.verdict == "passed"):
        raise NotMeasured(f"{outcome.verdict}, but the run ended with exit status {status}; its output is above.")
    return VERDICT_EXIT[outcome.verdict] or exit_status(found)


def _outcome(folder: Path) -> RunOutcome | None:
    path = folder / "outcome.json"
    return decode_outcome(path.read_bytes()) if path.is_file() else None
