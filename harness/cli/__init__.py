"""The command line: one file per verb. Each `HarnessError` is a sentence on stderr, and has an exit status."""

import errno
import os
import signal
import sys
import traceback
from types import FrameType
from typing import Final

import typer
from rich.text import Text

from harness import __version__
from harness.cli._console import err, one_line, say, show
from harness.cli._verbs import MARKUP, Verbs
from harness.model.errors import EnvironmentProblem, HarnessError

UNEXPECTED: Final = 70  # EX_SOFTWARE of sysexits.h: a defect of the harness
INTERRUPTED: Final = 130

ENGINE_FAILED: Final = {"docker.errors.DockerException", "requests.exceptions.RequestException"}
"""By name: a command that asks no engine does not import them."""

EPILOGUE: Final = """
Four ways back:

| verb  | faults   | caches       | containers, networks | images, runs        |
|-------|----------|--------------|----------------------|---------------------|
| undo  | released | as they are  | stay                 | stay                |
| reset | released | forgotten    | stay                 | stay                |
| down  | –        | –            | removed              | stay (`--images`)   |
| clean | –        | –            | removed, of all labs | removed (`--runs`)  |
"""

app = typer.Typer(cls=Verbs, no_args_is_help=True, add_completion=False, rich_markup_mode=MARKUP, epilog=EPILOGUE)


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


def main() -> None:
    """The entry point: never returns."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGINT too: shells ignore it for ``&``
        signal.signal(number, _interrupt)
    try:
        app(prog_name="harness")
    except HarnessError as error:
        say("\n".join(map(one_line, f"harness: {error}".split("\n"))))  # it may quote names of somebody's files
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last place that can report it
        if _of_the_engine(error):
            say(f"harness: a request to the Docker engine failed: {error}. See: harness doctor")
            sys.exit(EnvironmentProblem.exit_code)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would try again when it ends
            say(f"harness: no space is left for {error.filename or 'the output'}. Make room, and try again.")
            sys.exit(EnvironmentProblem.exit_code)
        err.print(Text(traceback.format_exc()), soft_wrap=True)
        say("harness: this is a defect of failover-harness; the lines above say where.")
        sys.exit(UNEXPECTED)


def _of_the_engine(error: Exception) -> bool:
    return any(f"{kind.__module__}.{kind.__qualname__}" in ENGINE_FAILED for kind in type(error).__mro__)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """A termination is handled as an interrupt: what is held is undone first."""
    raise KeyboardInterrupt
