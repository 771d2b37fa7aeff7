"""`harness campaign`: many trials, over labs and machines."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text
from typer._click.core import Context  # its own copy of Click, which `parse_args` gets
from typer.core import TyperGroup

from harness.campaign.carry_out import CarriedOut, On, carry_out, check, check_files, refuse_of_shard, told
from harness.campaign.cells import cells_of
from harness.campaign.merge import merge as merge_shards
from harness.campaign.plan import Plan
from harness.campaign.question import parse
from harness.campaign.shard import shard_of
from harness.campaign.table import Row, Table, Verdict
from harness.cli._console import DEFAULT, DryRun, Json, LabName, one_line, out, print_json, say, show, table
from harness.cli._places import refuse_folder
from harness.model.configuration import Configuration
from harness.model.errors import UsageError
from harness.statistics import Estimate

EXIT: Final[dict[Verdict, int]] = {"passed": 0, "failed": 1, "invalid": 3, "unfinished": 3}
INTERRUPTED: Final = 130
RUN: Final = "run"

_WHAT = "NAME or NAME:TEST of `harness list`, PATH of your own file, `blips`, `random`, or a schedule in quotes."
What = Annotated[list[str], typer.Argument(metavar="EXPERIMENT…", help=_WHAT)]
Trials = Annotated[int, typer.Option("--trials", min=1, max=100_000, help="Trials of each row.")]
_CONFIGURATIONS = "Comma-separated names or paths; each row under each. Without it each test has its own."
Configurations = Annotated[str, typer.Option("--configurations", metavar="NAME,…", help=_CONFIGURATIONS)]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of what is drawn. The same seed gives the same schedules.")]
_LABS = "Labs side by side on this machine, each with a thread. Their names: that of --lab, and with -2, -3 …"
Labs = Annotated[int, typer.Option("--labs", min=1, max=32, help=_LABS)]
_SHARD = "K/N: the K-th of N parts; auto: as GitLab or Slurm says; auto/N: of a Kubernetes indexed job."
ShardText = Annotated[str, typer.Option("--shard", metavar="K/N", help=_SHARD)]
_OUT = "Folder of results; the same command goes on in it. Default: runs/campaign-…, by what is asked."
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help=_OUT)]
_UNTIL = "Ends as soon as it is known whether A is better than B: two configurations, or two experiments."
Until = Annotated[str, typer.Option("--until", metavar="'better A B'", help=_UNTIL)]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Of a campaign.")]
Folders = Annotated[list[Path], typer.Argument(metavar="DIR…", help="Of the shards.")]
Into = Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder for what they are together.")]


class _RunByDefault(TyperGroup):
    """``harness campaign june_13`` is ``harness campaign run june_13``."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        known = args and (args[0] in self.commands or args[0] in self.get_help_option_names(ctx))
        return super().parse_args(ctx, args if known or not args else [RUN, *args])


app = typer.Typer(no_args_is_help=True, cls=_RunByDefault, rich_markup_mode="markdown")


@app.callback()
def campaign() -> None:
    """Many trials as one piece of work: on several labs, in parts on several machines, killed and resumed.

    `harness campaign EXPERIMENT…` is short for `harness campaign run EXPERIMENT…`; `run --help` has its options.

    Examples:

      harness campaign june_13:outage --configurations advert-100ms,use-vmac --trials 20

      harness campaign blips --configurations default,advert-100ms --trials 60 --until 'better default advert-100ms'

      harness campaign merge part-1 part-2 --out whole
    """


@app.command()
def run(
    experiments: What,
    *,
    trials: Trials = 10,
    configurations: Configurations = "",
    seed: Seed = 1,
    lab: LabName = DEFAULT,
    labs: Labs = 1,
    shard: ShardText = "",
    out: Out = None,
    until: Until = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Run each row so many times, each trial in a process of its own; the same command goes on where it was stopped.

    Exit status: 0 every trial as expected (with --until: A is better), 1 not, 2 wrong use, 3 too little could be
    measured, 130 interrupted (undone first; what was measured is kept).

    Examples:

      harness campaign june_13 --trials 10 --labs 2

      harness campaign 'freeze lb-ext-1 for 350ms, 50ms after an advert' --configurations advert-100ms

      harness campaign blips --configurations default,use-vmac --trials 200 --until 'better use-vmac default'

      harness campaign june_13 --trials 400 --shard auto/4 --out part-$JOB_COMPLETION_INDEX
    """
    asked = _plan(experiments, configurations, trials, seed=seed, until=until, shard=shard)
    check(asked)
    refuse_folder("--out", out)
    folder = out or Path("runs") / asked.name
    on = On(lab_names(lab, labs), say)
    if dry_run:
        show_plan(asked, folder, on, json=json)
        return
    check_files(asked, on)
    say(f"{len(list(asked.jobs()))} trials, results in {folder}")
    raise typer.Exit(_conclude(carry_out(asked, folder, on), folder, json=json))


@app.command("show")
def show_campaign(folder: Folder, *, until: Until = "", json: Json = False) -> None:
    """The table of a campaign that is done, or at work. No lab is needed.

    --until asks a question that the campaign did not have, such as one of merged shards.

    Exit status: as that of the campaign itself; 3 while trials are left.

    Examples:

      harness campaign show runs/campaign-june_13-1f0c22ab --json

      harness campaign show whole --until 'better use-vmac default'
    """
    raise typer.Exit(_conclude(CarriedOut(told(folder, until), interrupted=False), folder, json=json))


@app.command()
def merge(folders: Folders, *, out: Into, json: Json = False) -> None:
    """Put the shards of a campaign together: the same table as if one machine had done all of it.

    Exit status: as that of the campaign itself; 2 for shards that are not of one campaign, 3 if one is missing.

    Examples:

      harness campaign merge part-1 part-2 part-3 part-4 --out whole
    """
    refuse_folder("--out", out)
    merge_shards(folders, out)
    raise typer.Exit(_conclude(CarriedOut(told(out), interrupted=False), out, json=json))


def _plan(what: list[str], configurations: str, trials: int, *, seed: int, until: str, shard: str) -> Plan:
    """Raises `UsageError` for what is not there, for a question to a shard, and for a shard that has no trial."""
    names = [name for name in configurations.split(",") if name]
    for name in names:
        Configuration.load(name)
    part = shard_of(shard, os.environ)
    cells = cells_of(what, names)
    if until:
        parse(until, cells)
        refuse_of_shard(until, part)
    asked = Plan(cells, trials, seed, until, part)
    if next(asked.jobs(), None) is None:
        raise UsageError(f"Shard {part} has no trial: the campaign has {trials * len(cells)}, so divide it by less.")
    return asked


def lab_names(lab: str, labs: int) -> tuple[str, ...]:
    return tuple(lab if number == 1 else f"{lab}-{number}" for number in range(1, labs + 1))


def show_plan(asked: Plan, folder: Path, on: On, *, json: bool) -> None:
    jobs = list(map(str, asked.jobs()))
    if json:
        print_json({"folder": str(folder), "labs": on.labs, "jobs": jobs})
        return
    show(f"{len(jobs)} trials on {', '.join(on.labs)}, results in {folder}:")
    for job in jobs:
        show(f"  {job}")


def _conclude(done: CarriedOut, folder: Path, *, json: bool) -> int:
    if json:
        print_json(done.table)
    else:
        show_table(done.table)
        say(f"results: {folder}")
    return INTERRUPTED if done.interrupted else EXIT[done.table.verdict]


def show_table(told_of: Table) -> None:
    show(f"{told_of.verdict}: {told_of.sentence}.")
    shown = table("what", "configuration", "as expected", "95 % interval", "the pair held", "not measured", "left")
    for row in told_of.rows:
        shown.add_row(*map(Text, _row(row)))
    out.print(shown)
    for row in told_of.rows:
        for why in row.why:
            under = f" under {row.configuration}" if row.configuration else ""
            show(one_line(f"{row.what}{under}: {why}"))


def _row(row: Row) -> tuple[str, ...]:
    left = row.planned - row.measured - row.unmeasured
    return (
        row.what,
        row.configuration or "its own",
        f"{row.expected}/{row.measured}",
        interval_of(row.share) if row.share else "?",
        f"{row.held}/{row.measured}",
        str(row.unmeasured),
        str(left),
    )


def interval_of(share: Estimate) -> str:
    return f"{share.low or 0:.1%} to {1 if share.high is None else share.high:.1%}"
