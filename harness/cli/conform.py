"""`harness conform`."""

import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from harness.campaign.carry_out import On, check, check_files
from harness.campaign.conform import Asked, Conformed, Explanation, Finding, Verdict
from harness.campaign.conform import conform as conform_to
from harness.cli._console import DEFAULT, DryRun, Json, LabName, print_json, say, show
from harness.cli._places import refuse_folder
from harness.cli.campaign import INTERRUPTED, Labs, Out, Seed, interval_of, lab_names, show_plan
from harness.model.errors import UsageError

EXIT: Final[dict[Verdict, int]] = {"passed": 0, "failed": 1, "invalid": 3, "unfinished": 3}

Trials = Annotated[int, typer.Option("--trials", min=1, max=100_000, help="Random schedules.")]
Configuration = Annotated[str, typer.Option("--configuration", metavar="NAME", help="Which configuration of the lab.")]
_EXPLAINED = "TOML: a table ['SCHEDULE'] with why and differences for each trial that differs and was looked at."
Explained = Annotated[Path | None, typer.Option("--explained", metavar="FILE", help=_EXPLAINED)]


def conform(
    *,
    trials: Trials = 20,
    configuration: Configuration = "advert-100ms",
    seed: Seed = 1,
    lab: LabName = DEFAULT,
    labs: Labs = 1,
    out: Out = None,
    explained: Explained = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Does the lab do what the model says? Random schedules of up to three faults, on the lab, then done by the model.

    Each trial is one of a campaign (`harness campaign random`), so it can be killed and resumed. Owners, announcements,
    caches and switches are compared, with timers on time and as late as recorded. A trial that differs in the latter
    is a finding: its schedule is made smaller on the lab for as long as it still differs.

    Exit status: 0 every trial conforms or is explained, 1 some differ, 2 wrong use, 3 too little could be measured,
    130 interrupted (undone first; what was measured is kept).

    Examples:

      harness conform --trials 20 --seed 7

      harness conform --trials 500 --labs 2 --out conformance --explained explained.toml --json
    """
    asked = Asked(configuration, trials, seed, _explained(explained) if explained else {})
    check(asked.plan)
    refuse_folder("--out", out)
    folder = out or Path("runs") / asked.plan.name.replace("campaign-", "conform-", 1)
    on = On(lab_names(lab, labs), say)
    if dry_run:
        show_plan(asked.plan, folder, on, json=json)
        return
    check_files(asked.plan, on)
    found, interrupted = conform_to(asked, folder, on)
    print_json(found) if json else _show(found)
    raise typer.Exit(INTERRUPTED if interrupted else EXIT[found.verdict])


def _explained(path: Path) -> dict[str, Explanation]:
    """Raises `UsageError` for a file that is no such table."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text()), dict[str, Explanation])
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path} cannot be read as tables ['SCHEDULE'] with why and differences: {error}.") from error


def _show(found: Conformed) -> None:
    interval = f" (95 %: {interval_of(found.share)})" if found.share else ""
    show(f"{found.verdict}: {found.sentence}{interval}.")
    for each in found.findings:
        show(f"trial {each.trial}: {each.schedule}")
        show(
            f"  smallest that differs: {each.minimal}{'' if each.complete else ' (not all parts of it were measured)'}"
        )
        show(f"  {_explanation(each)}; {each.run}")
        for difference in each.differences:
            show(f"  {difference}")


def _explanation(of: Finding) -> str:
    if of.explained:
        return f"explained: {of.explained}"
    return f"explained before for something else: {of.before}" if of.before else "not explained"
