"""`harness faults`."""

import typer

from harness import faults as folder
from harness.cli._console import Json
from harness.cli._explain import explain
from harness.cli._parameters import family
from harness.faults import Fault


def faults(
    name: str | None = typer.Argument(None, metavar="NAME", help="A fault, as harness faults lists it."),
    *,
    json: Json = False,
) -> None:
    """All faults; or of one what it does, its parameters, and what is seen of it.

    Examples:

      harness faults

      harness faults vrrp_lost
    """
    explain("fault", family(folder, Fault), "inject", name, json=json)
