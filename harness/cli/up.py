"""`harness up`."""

from typing import Annotated

import typer

from harness.cli._console import DEFAULT, DryRun, Json, LabName, print_json, say, show, steps
from harness.lab import compose
from harness.lab.ready import bring_up, check, check_dry, up_expected
from harness.model.configuration import Configuration

ConfigurationName = Annotated[
    str,
    typer.Option("--configuration", help="NAME of compose/configurations, or PATH of your own folder (with a slash)."),
]


With = Annotated[
    list[str] | None,
    typer.Option("--with", help="Add compose/NAME.yaml to the lab: databases. May be given again.", show_default=False),
]


AcceptChanged = Annotated[
    bool,
    typer.Option(
        "--accept-changed",
        help="Go on although keepalived drops or changes a line, or a check can move nothing; those lines are shown.",
    ),
]


def up(
    *,
    lab: LabName = DEFAULT,
    configuration: ConfigurationName = "default",
    with_: With = None,
    accept_changed: AcceptChanged = False,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Bring the lab up; returns when every vantage point is served.

    Builds the images first where they are missing (a few minutes, once). Files that keepalived or HAProxy would not run
    as they are written are refused by line, before anything starts.

    Examples:

      harness up

      harness up --configuration advert-100ms

      harness up --with databases

      harness up --lab second
    """
    chosen, overlays = Configuration.load(configuration), with_ or ()
    services = compose.services(overlays)  # refuses a name that is not there
    if dry_run:
        check_dry(lab, [chosen], say, overlays, accept_changed=accept_changed)
        _plan(lab, chosen.name, services, json=json)
        return
    with steps(f"up {lab}", up_expected(overlays)) as progress:
        check(lab, [chosen], progress, overlays, accept_changed=accept_changed)
        bring_up(lab, chosen, progress, overlays)
    if json:
        print_json({"lab": lab, "configuration": chosen.name, "up_s": round(progress.elapsed, 3)})


def _plan(lab: str, configuration: str, services: tuple[str, ...], *, json: bool) -> None:
    if json:
        print_json({"lab": lab, "configuration": configuration, "services": services})
    else:
        show(f"up {lab}: would start {', '.join(services)}, with the configuration {configuration}")
