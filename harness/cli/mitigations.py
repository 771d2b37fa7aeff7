"""`harness mitigations`."""

import typer

from harness import mitigations as folder
from harness.cli._console import Json
from harness.cli._explain import explain
from harness.cli._parameters import family
from harness.mitigations import Mitigation


def mitigations(
    name: str | None = typer.Argument(None, metavar="NAME", help="A mitigation, as harness mitigations lists it."),
    *,
    json: Json = False,
) -> None:
    """All mitigations; or of one what it does, its parameters, and what is seen of it.

    Examples:

      harness mitigations

      harness mitigations announce
    """
    explain("mitigation", family(folder, Mitigation), "mitigate", name, json=json)
