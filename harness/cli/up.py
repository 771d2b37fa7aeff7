"""`harness up`."""

from collections.abc import Collection, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from harness.cli._console import DEFAULT, DryRun, Json, LabName, print_json, say, show, timed
from harness.lab import definition, networks, ready
from harness.lab.generated import compose_file, stored_on_success
from harness.lab.ready import bring_up, check, check_dry, up_expected
from harness.model import lab_file
from harness.model.configuration import Configuration
from harness.model.errors import EnvironmentProblem, UsageError
from harness.model.topology import Topology

ConfigurationName = Annotated[
    str,
    typer.Option("--configuration", help="NAME of compose/configurations, or PATH of your own folder (with a slash)."),
]


TopologyFile = Annotated[
    Path | None,
    typer.Option(
        "--topology",
        metavar="FILE",
        help="A lab of your own instead of the usual one (docs/topologies.md). Without --lab it has the file's name.",
        show_default=False,
    ),
]


Network = Annotated[
    str,
    typer.Option(
        "--network",
        metavar="NAME",
        help="The usual nodes on another network: full (rings of switches with REP). Without --lab the lab is NAME.",
        show_default=False,
    ),
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
    topology: TopologyFile = None,
    network: Network = "",
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

      harness up --topology edge.yaml --dry-run

      harness up --network full
    """
    _refuse_both(topology, network)
    chosen, overlays = Configuration.load(configuration), with_ or ()
    lab, made = _generated(lab, topology, network, overlays)
    services = () if made else definition.of(lab, overlays).services  # raises for an overlay that does not exist
    if not dry_run:
        _bring_up(lab, chosen, overlays, made, accept_changed=accept_changed, json=json)
    elif made:
        _show_made(lab, made, json=json)
    else:
        _plan(lab, chosen, services, overlays, accept_changed=accept_changed, json=json)


def _refuse_both(topology: Path | None, network: str) -> None:
    if topology and network:
        raise UsageError(f"--topology {topology} and --network {network} both say what the lab is: give one of them.")


def _generated(lab: str, topology: Path | None, network: str, overlays: Collection[str]) -> tuple[str, str]:
    """The lab's name, and the Compose file of a topology of its own that was asked for; "" of a lab that has its file.

    Raises `UsageError`.
    """
    if topology:
        lab = topology.stem if lab == DEFAULT else lab
        return lab, generate(topology, lab, overlays)
    if network:
        lab = network if lab == DEFAULT else lab
        return lab, _on_network(network, lab, overlays)
    if definition.is_generated(lab):
        say(f"{lab} has a topology of its own: {definition.file_of(lab)}")
    return lab, ""


def _bring_up(
    lab: str, chosen: Configuration, overlays: Collection[str], made: str, *, accept_changed: bool, json: bool
) -> None:
    """`made`: the Compose file of a topology of one's own, kept once the files are good; "" of the usual lab."""
    with timed(f"up {lab}", up_expected(overlays)) as progress:
        with stored_on_success(lab, made) if made else nullcontext():
            check(lab, [chosen], progress, overlays, accept_changed=accept_changed)
        bring_up(lab, chosen, progress, overlays)
    if json:
        print_json({"lab": lab, "configuration": chosen.name, "up_s": round(progress.elapsed, 3)})


def _show_made(lab: str, made: str, *, json: bool) -> None:
    if json:
        print_json({"lab": lab, "compose": made})
    else:
        show(made)


def generate(file: Path, lab: str, overlays: Iterable[str] = ()) -> str:
    """The Compose file of a lab from a topology's file; nothing is written.

    Raises `UsageError` for a topology that cannot run, or that overlaps this engine's own networks.
    """
    if overlays:
        raise UsageError(f"--with adds to the usual lab alone: name the nodes of {', '.join(overlays)} in {file}.")
    topology, options = lab_file.read(file)
    made = compose_file(lab, topology, options, file.name)
    _refuse_overlaps(topology)
    return made


def _on_network(name: str, lab: str, overlays: Iterable[str]) -> str:
    """The Compose file of the usual nodes on another network. Raises `UsageError`, also for overlays."""
    if added := ", ".join(overlays):
        raise UsageError(f"--with {added} adds to the usual lab alone, and not to one of --network {name}.")
    made = networks.compose_file(lab, name)
    _refuse_overlaps(networks.topology(name))
    return made


def _refuse_overlaps(topology: Topology) -> None:
    try:
        ready.refuse_overlaps(topology)
    except EnvironmentProblem as problem:
        say(f"Docker's own networks were not checked: {problem}")


def _plan(
    lab: str,
    chosen: Configuration,
    services: tuple[str, ...],
    overlays: Collection[str],
    *,
    accept_changed: bool,
    json: bool,
) -> None:
    check_dry(lab, [chosen], say, overlays, accept_changed=accept_changed)
    if json:
        print_json({"lab": lab, "configuration": chosen.name, "services": services})
    else:
        show(f"up {lab}: would start {', '.join(services)}, with the configuration {chosen.name}")
