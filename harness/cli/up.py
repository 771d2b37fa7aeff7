"""`harness up`."""

from typing import Annotated

import typer

from harness.cli._console import DEFAULT, Json, LabName, print_json, steps
from harness.lab import compose
from harness.lab.ready import bring_up, up_expected
from harness.model.configuration import Configuration

ConfigurationName = Annotated[
    str,
    typer.Option("--configuration", help="NAME of compose/configurations, or PATH of your own folder (with a slash)."),
]


With = Annotated[
    list[str] | None,
    typer.Option("--with", help="Add compose/NAME.yaml to the lab: databases. May be given again.", show_default=False),
]


def up(
    *,
    lab: LabName = DEFAULT,
    configuration: ConfigurationName = "default",
    with_: With = None,
    json: Json = False,
) -> None:
    """Bring the lab up; returns when every vantage point is served.

    Builds the images first where they are missing (a few minutes, once).

    Examples:

      harness up

      harness up --configuration advert-100ms

      harness up --with databases

      harness up --lab second
    """
    chosen = Configuration.load(configuration)
    compose.services(with_ or ())  # refuses a name that is not there
    with steps(f"up {lab}", up_expected(with_ or ())) as progress:
        bring_up(lab, chosen, progress, with_ or ())
    if json:
        print_json({"lab": lab, "configuration": chosen.name, "up_s": round(progress.elapsed, 3)})
