"""The page of a GitHub Actions job: Markdown that is appended to the file of $GITHUB_STEP_SUMMARY."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness.export import _gate, markdown
from harness.gate.report import GateReport
from harness.model.outcome import RunOutcome

VARIABLE: Final = "GITHUB_STEP_SUMMARY"
MOST_BYTES: Final = 900_000
"""The runner refuses a page of more than 1 MiB as a whole."""


def run_page(outcome: RunOutcome, say: Callable[[str], None]) -> None:
    append(markdown.document(outcome), say)


def gate_page(report: GateReport, say: Callable[[str], None]) -> None:
    append(_gate.document(report), say)


def append(document: str, say: Callable[[str], None]) -> None:
    """Does nothing where the variable is not set. A page that cannot be written changes no verdict: it is said."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(_cut(document))
    except OSError as error:
        say(f"The page of this job was not written (${VARIABLE}): {error}")


def _cut(document: str) -> str:
    """At the end of a line, with a word that it was cut."""
    data = document.encode()
    if len(data) <= MOST_BYTES:
        return document
    kept = data[:MOST_BYTES].rpartition(b"\n")[0].decode()
    return f"{kept}\n\nCut here: the whole is too long for this page. See: harness export RUN --as markdown\n\n"
