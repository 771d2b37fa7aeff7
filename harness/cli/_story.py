"""Prints the story of a run: colours on a terminal only (NO_COLOR: none), characters as the terminal has them."""

from rich.text import Text

from harness.cli._console import out
from harness.model.outcome import RunOutcome
from harness.report.terminal import COLUMNS, story
from harness.report.terminal.glyphs import ASCII, UNICODE


def show_story(run: RunOutcome) -> None:
    """At most 25 lines; elsewhere than on a terminal they are as wide as may be."""
    unicode = out.encoding.lower().startswith("utf")
    columns = out.width if out.is_terminal else COLUMNS
    for line in story(run, columns, UNICODE if unicode else ASCII):
        out.print(line if unicode else known(line, out.encoding), soft_wrap=True)


def known(line: Text, encoding: str) -> Text:
    """Without characters that this terminal does not have: printing one would be an error."""
    return Text(line.plain.encode(encoding, "replace").decode(encoding), style=line.style)
