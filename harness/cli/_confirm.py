"""What `harness search --confirm N` shows: k of n trials as foreseen."""

from pathlib import Path
from typing import Final

from rich.text import Text

from harness.campaign.carry_out import On
from harness.campaign.confirm import Confirmation, confirm
from harness.cli._console import out, say, show, table
from harness.model.errors import UsageError
from harness.search.find import Searched
from harness.search.subject import Subject

FOLDER: Final = Path("runs")


def confirmed(found: Searched, chosen: Subject, router: str, trials: int, lab: str) -> tuple[Confirmation, bool]:
    """On one lab, as a campaign: the same mechanisms go on where they stopped. With whether it was interrupted."""
    pair = chosen.pair(router)
    folder = FOLDER / f"confirm-{chosen.name}"
    say(f"confirming on the lab {lab}, {trials} trials of each schedule; results in {folder}")
    return confirm(pair, found.mechanisms, chosen.name, On((lab,), say), trials=trials, folder=folder)


def refuse_router(chosen: Subject, router: str) -> None:
    """Raises `UsageError` for another one than customers ask: a campaign has schedules of that one alone."""
    usual = chosen.topology.virtual_router().name
    if router != usual:
        raise UsageError(f"--confirm tries schedules of {usual}, which customers ask, and not of {router}.")


def show_confirmation(of: Confirmation) -> None:
    shown = table("mechanism", "on the lab", "schedule", "foreseen", "as foreseen", "not measured")
    for row in of.rows:
        foreseen = "split for good" if row.hurts else "sound"
        counted = f"{row.as_foreseen}/{row.measured}"
        cells = str(row.mechanism), row.what, row.schedule, foreseen, counted, str(row.unmeasured)
        shown.add_row(*map(Text, cells))
    show("")
    out.print(shown)
    for line in of.untried:
        show(f"not tried: {line}")
