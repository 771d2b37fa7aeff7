"""``harness run`` as a process of its own, as an operator starts it."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

from harness.model.errors import NotMeasured
from harness.model.outcome import RunOutcome, decode_outcome

MEASURED: Final = (0, 1, 3)  # passed, failed, invalid: each has a verdict, except 3 without an outcome


def harness(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "harness", *arguments]


def run_arguments(experiment: str, lab: str, trials: int, runs: Path, *more: str) -> list[str]:
    """The command of one run that prints its outcome."""
    return harness("run", experiment, "--trials", str(trials), "--lab", lab, "--runs", str(runs), "--json", *more)


def run(command: Sequence[str], log: Path | None = None) -> RunOutcome:
    """Runs it to its end; progress goes to `log`, or to standard error. Raises `NotMeasured` with its exit status."""
    return side_by_side([command], [log])[0]


def side_by_side(commands: Sequence[Sequence[str]], logs: Sequence[Path | None]) -> list[RunOutcome]:
    """Runs all at once. When all have ended, raises `NotMeasured` for the first that measured nothing."""
    with ExitStack() as stack:
        started = [stack.enter_context(_started(*each)) for each in zip(commands, logs, strict=True)]
        outputs = [process.communicate()[0] for process in started]
    return [
        _outcome(process.returncode, output, log) for process, output, log in zip(started, outputs, logs, strict=True)
    ]


@contextmanager
def _started(command: Sequence[str], log: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    """An interrupt reaches the process too (it is in our group). In any case this waits until it has undone all."""
    with ExitStack() as stack:
        errors: IO[bytes] | None = stack.enter_context(log.open("wb")) if log else None
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.communicate()


def _outcome(status: int, output: bytes, log: Path | None) -> RunOutcome:
    if status not in MEASURED or not output:
        last = "\n".join(log.read_text().splitlines()[-5:]) if log else "Its output is above."
        raise NotMeasured(f"harness run ended with exit status {status}. {last}")
    return decode_outcome(output)
