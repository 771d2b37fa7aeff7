"""`harness runs`: the runs that were recorded."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from harness.cli._console import DryRun, Json, out, print_json, say, show, table
from harness.cli._story import show_story
from harness.cli._summary import summary
from harness.history.kept_runs import KeptRun, find_run, kept_runs, outcome_of, remove, remove_history
from harness.model.errors import UnknownName, UsageError
from harness.report.one_line import one_line
from harness.report.page import gate_told
from harness.report.page.gate_told import GateTold

Runs = Annotated[Path, typer.Option("--runs", help="Folder with the runs.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="RUN…", help="Names, as `harness runs list` shows them.")]
Name = Annotated[str, typer.Argument(metavar="RUN", help="Its name, its path, or an outcome.json.")]
Keep = Annotated[int | None, typer.Option("--keep", min=0, metavar="N", help="All but the newest N.")]
Older = Annotated[int | None, typer.Option("--older-than", min=0, metavar="DAYS", help="Those that began before.")]
_HISTORIES = "Only what is large: events, requests, logs. Outcome, configuration and reports stay."
Histories = Annotated[bool, typer.Option("--histories", help=_HISTORIES)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
FOLDER = Path("runs")

app = typer.Typer(no_args_is_help=True)


@app.callback()
def recorded() -> None:
    """List, show and remove recorded runs. No lab is needed.

    Exit status: 0; 2 wrong use, such as a run that does not exist.

    Examples:

      harness runs list

      harness runs show june_13-20261129-155842 --story

      harness runs prune --older-than 30 --histories
    """


class Listed(msgspec.Struct, frozen=True):
    """A run as `harness runs list --json` tells it. `trials`: valid ones, of all attempts.

    `gate`: the verdict of `harness gate` (SAFE, UNSAFE …); "" of other runs.
    """

    name: str
    began: str
    experiment: str
    verdict: str
    trials: tuple[int, int]
    bytes: int
    history: bool
    problem: str
    gate: str = ""


@app.command("list")
def list_runs(*, runs: Runs = FOLDER, json: Json = False) -> None:
    """List the recorded runs, the oldest first.

    Examples:

      harness runs list

      harness runs list --json
    """
    found = [_listed(run) for run in kept_runs(runs)]
    if json:
        print_json(found)
        return
    rows = table("run", "began", "experiment", "verdict", "valid trials", "size", "history")
    for run in found:
        rows.add_row(*map(_cell, _row(run)))
    out.print(rows)


@app.command("show")
def show_run(
    run: Name,
    *,
    runs: Runs = FOLDER,
    story: Annotated[bool, typer.Option("--story", help="One screen, as at the end of `harness run`.")] = False,
    json: Json = False,
) -> None:
    """Show a run: every step, every sentence, the verdict. No lab and no history is needed.

    Examples:

      harness runs show june_13-20261129-155842

      harness runs show runs/june_13-20261129-155842 --story
    """
    folder = find_run(run, runs)
    outcome, (gate, problem) = outcome_of(folder), _gate(folder)
    if json:
        said = {"gate": {"verdict": gate.verdict, "sentence": gate.sentence}} if gate else {}
        print_json(msgspec.to_builtins(outcome) | said)
        return
    if story:
        show_story(outcome)
    else:
        out.print(summary(outcome))
    if gate or problem:
        show(f"gate: {gate.verdict}: {one_line(gate.sentence)}" if gate else problem)


@app.command("prune")
def prune(
    names: Names = None,
    *,
    keep: Keep = None,
    older_than: Older = None,
    histories: Histories = False,
    runs: Runs = FOLDER,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Remove runs by name, by number or by age; with several of these, what all of them name.

    A run that is being recorded stays, and so does the history of a run without an outcome.

    Examples:

      harness runs prune --keep 20

      harness runs prune --older-than 30 --histories --yes

      harness runs prune june_13-20261129-155842 --dry-run
    """
    chosen = _chosen(kept_runs(runs), names or [], keep, older_than)
    if histories:  # of a run that was cut off, the history is all that there is
        chosen = [run for run in chosen if run.history and run.outcome]
    for run in chosen:
        show(f"{one_line(run.name)}  {_size(run.bytes)}{'  (being recorded: stays)' if run.recording else ''}")
    removable = [run for run in chosen if not run.recording]
    what = "the histories of " if histories else ""
    if not removable or dry_run:
        show(f"{what}{len(removable)} runs would be removed" if removable else "nothing to remove")
        return
    if yes or typer.confirm(f"Remove {what}{len(removable)} runs?"):
        for run in removable:
            (remove_history if histories else remove)(run)
        say(f"removed: {what}{len(removable)} runs")


def _chosen(found: list[KeptRun], names: list[str], keep: int | None, older_than: int | None) -> list[KeptRun]:
    """Raises `UsageError` if nothing says which, `UnknownName` for a run that is not there."""
    if not names and keep is None and older_than is None:
        raise UsageError("Which runs? Name them, or use --keep N, --older-than DAYS. To remove all: --keep 0.")
    known = [run.name for run in found]
    for name in names:
        if name not in known:
            raise UnknownName("run", name, known)
    newest = {run.name for run in found[max(0, len(found) - (keep or 0)) :]} if keep is not None else set[str]()
    before = (datetime.now(UTC) - timedelta(days=older_than)).isoformat() if older_than is not None else "~"
    return [run for run in found if (not names or run.name in names) and run.name not in newest and run.began < before]


def _listed(run: KeptRun) -> Listed:
    outcome = run.outcome
    trials = [trial for test in outcome.tests for trial in test.trials] if outcome else []
    gate, problem = _gate(Path(run.folder))
    return Listed(
        name=run.name,
        began=run.began,
        experiment=outcome.experiment if outcome else "",
        verdict=outcome.verdict if outcome else "being recorded" if run.recording else "none",
        trials=(sum(trial.valid for trial in trials), len(trials)),
        bytes=run.bytes,
        history=run.history,
        problem="" if run.recording else run.problem or problem,
        gate=gate.verdict if gate else "",
    )


def _gate(run: Path) -> tuple[GateTold | None, str]:
    """What a gate said; and why that cannot be read, "" if it can, or if the run is none of a gate."""
    try:
        return gate_told.read(run), ""
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        return None, f"{gate_told.KEPT} cannot be read: {one_line(str(error))}"


def _row(run: Listed) -> tuple[str, ...]:
    valid, every = run.trials
    history = "yes" if run.history else "removed"
    verdict, told = run.gate or run.verdict, run.problem or history
    return run.name, run.began[:16], run.experiment, verdict, f"{valid} of {every}", _size(run.bytes), told


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _cell(text: str) -> Text:
    """Never read as markup."""
    return Text(one_line(text))
