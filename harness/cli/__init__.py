"""The command line: one file per verb. Each `HarnessError` is a sentence on stderr, and has an exit status."""

import signal
import sys
import traceback
from types import FrameType
from typing import Final

import typer
from docker.errors import DockerException
from requests import RequestException
from rich.text import Text

from harness import __version__
from harness.cli import campaign, inject, mitigate, runs
from harness.cli._console import err, one_line, say, show
from harness.cli.clean import clean
from harness.cli.collect import collect
from harness.cli.compare import compare_runs
from harness.cli.conform import conform
from harness.cli.doctor import doctor
from harness.cli.down import down
from harness.cli.exec import exec_in_node
from harness.cli.explain import explain
from harness.cli.export import export
from harness.cli.faults import faults
from harness.cli.foresee import foresee
from harness.cli.gate import gate
from harness.cli.init import init
from harness.cli.judge import judge
from harness.cli.lint import lint
from harness.cli.list import list_catalogue
from harness.cli.logs import logs
from harness.cli.mitigations import mitigations
from harness.cli.report import report
from harness.cli.reset import reset
from harness.cli.rules import rules
from harness.cli.run import run
from harness.cli.search import search
from harness.cli.status import status
from harness.cli.undo import undo
from harness.cli.up import up
from harness.model.errors import EnvironmentProblem, HarnessError

UNEXPECTED: Final = 70  # EX_SOFTWARE of sysexits.h: a defect of the harness
INTERRUPTED: Final = 130

PAIR, LAB, EXPERIMENTS, FORESEEN, BY_HAND = "Your own pair", "The lab", "Experiments", "On a model", "By hand"

EPILOGUE: Final = """
Four ways back:

| verb  | faults   | caches       | containers, networks | images, runs        |
|-------|----------|--------------|----------------------|---------------------|
| undo  | released | as they are  | stay                 | stay                |
| reset | released | forgotten    | stay                 | stay                |
| down  | –        | –            | removed              | stay (`--images`)   |
| clean | –        | –            | removed, of all labs | removed (`--runs`)  |
"""

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", epilog=EPILOGUE)


def version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it with the value alone
    if asked:
        show(f"failover-harness {__version__}")
        raise typer.Exit


@app.callback()
def harness(
    *,
    _: bool = typer.Option(False, "--version", callback=version, is_eager=True, help="Print the version."),
) -> None:
    """Chaos engineering for failover pairs: inject a blip, measure recovery time, judge failover correctness.

    Examples:

      harness up; harness status --watch

      harness inject blackhole trunk --for 800ms

      harness run june_13 --only outage --trials 1
    """


_ARGUMENTS_PASS_THROUGH = {"ignore_unknown_options": True, "allow_interspersed_args": False}

app.command(rich_help_panel=PAIR)(collect)
app.command(rich_help_panel=PAIR)(init)
app.command(rich_help_panel=PAIR)(lint)
app.command(rich_help_panel=PAIR)(gate)
app.command(rich_help_panel=PAIR)(rules)
app.command(rich_help_panel=PAIR)(judge)
for _verb in (up, down, reset, undo, clean, status, doctor):
    app.command(rich_help_panel=LAB)(_verb)
app.command("list", rich_help_panel=EXPERIMENTS)(list_catalogue)
app.command(rich_help_panel=EXPERIMENTS)(run)
for _foreseen in (search, foresee, conform):
    app.command(rich_help_panel=FORESEEN)(_foreseen)
app.add_typer(campaign.app, name="campaign", rich_help_panel=EXPERIMENTS)
app.command("compare", rich_help_panel=EXPERIMENTS)(compare_runs)
app.add_typer(runs.app, name="runs", rich_help_panel=EXPERIMENTS)
app.command(rich_help_panel=EXPERIMENTS)(report)
app.command(rich_help_panel=EXPERIMENTS)(explain)
app.command(rich_help_panel=EXPERIMENTS)(export)
app.add_typer(inject.app, name="inject", rich_help_panel=BY_HAND)
app.add_typer(mitigate.app, name="mitigate", rich_help_panel=BY_HAND)
app.command(rich_help_panel=BY_HAND)(faults)
app.command(rich_help_panel=BY_HAND)(mitigations)
app.command("exec", rich_help_panel=BY_HAND, context_settings=_ARGUMENTS_PASS_THROUGH)(exec_in_node)
app.command(rich_help_panel=BY_HAND)(logs)


def main() -> None:
    """The entry point: never returns."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGINT too: shells ignore it for ``&``
        signal.signal(number, _interrupt)
    try:
        app(prog_name="harness")
    except HarnessError as error:
        say("\n".join(map(one_line, f"harness: {error}".split("\n"))))  # it may quote names of somebody's files
        sys.exit(error.exit_code)
    except (DockerException, RequestException) as error:
        say(f"harness: a request to the Docker engine failed: {error}. See: harness doctor")
        sys.exit(EnvironmentProblem.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception:  # noqa: BLE001 - the last place that can report it
        err.print(Text(traceback.format_exc()), soft_wrap=True)
        say("harness: this is a defect of failover-harness; the lines above say where.")
        sys.exit(UNEXPECTED)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """A termination is handled as an interrupt: what is held is undone first."""
    raise KeyboardInterrupt
