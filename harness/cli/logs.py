"""`harness logs`."""

import os
from typing import Annotated

import typer
from docker.models.containers import Container

from harness.cli._console import DEFAULT, LabName
from harness.lab import engine
from harness.lab.exec import find_container
from harness.model.errors import UnknownName

Node = Annotated[str, typer.Argument(help="A node, an agent or load-master.", show_default=False)]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")]
Service = Annotated[str, typer.Option("--service", help="Only this service of the node, e.g. keepalived.")]


def logs(node: Node, *, follow: Follow = False, service: Service = "", lab: LabName = DEFAULT) -> None:
    """Show what a node's services wrote.

    Examples:

      harness logs lb-ext-1 --service keepalived

      harness logs network-agent --follow
    """
    container = find_container(engine.connect(), lab, node)
    argv = _one_service(container, node, service, follow=follow) if service else _all(container, follow=follow)
    os.execvp("docker", argv)  # noqa: S606 - signals and exit status are then docker's own


def _all(container: Container, *, follow: bool) -> list[str]:
    return ["docker", "logs", *(["--follow"] if follow else []), str(container.id)]


def _one_service(container: Container, node: str, service: str, *, follow: bool) -> list[str]:
    """Each service's log is /var/log/SERVICE/current in its node."""
    listed = container.exec_run(["ls", "/etc/service"]).output
    services = listed.decode().split() if isinstance(listed, bytes) else []
    if service not in services:
        raise UnknownName(f"service of {node}", service, services)
    tail = ["tail", "-n", "+1", *(["-F"] if follow else []), f"/var/log/{service}/current"]
    return ["docker", "exec", str(container.id), *tail]
