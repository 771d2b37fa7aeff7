"""What containers are given before they start: agents and load the topology, nodes the files of their configuration."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import docker
from docker.models.containers import Container as Engine

from harness.lab.archive import fetch, pack
from harness.lab.containers import PROJECT, Container, listed
from harness.lab.definition import Definition
from harness.model import handed
from harness.model.configuration import Configuration

_AT_ONCE: Final = 8


def hand_over(client: docker.DockerClient, lab: str, definition: Definition, configuration: Configuration) -> list[str]:
    """Into what is created and not started. Who runs already with another topology is given this one, and restarted.

    Returns the services that were restarted. A node that has run before has its files from `configure`.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        given = pool.map(lambda each: _give(client, each, definition, configuration), listed(client, PROJECT, lab))
        return sorted(service for service in given if service)


def _give(client: docker.DockerClient, listed: Container, definition: Definition, configuration: Configuration) -> str:
    """The service, if it was restarted."""
    service, container = listed.service, client.containers.get(listed.id)
    if listed.state == "created" and service in definition.topology.nodes:
        files = configuration.render(definition.every, service)
        _put(container, files, configuration.executable(definition.every, service))
    topology = handed.encode(definition.every).decode()
    if service not in definition.readers or not _is_stale(listed, container, topology, definition):
        return ""
    _put(container, {handed.PATH: topology})
    if listed.state != "running":
        return ""
    container.restart(timeout=1)
    return service


def _put(container: Engine, files: dict[str, str], executable: Collection[str] = ()) -> None:
    if files:
        container.put_archive("/", pack(files, executable))


def _is_stale(listed: Container, container: Engine, topology: str, definition: Definition) -> bool:
    """One that was given none has its image's: the usual lab's, or Compose would have replaced it."""
    kept = fetch(container, handed.PATH)
    return kept.text != topology if kept else definition.generated or listed.state == "created"
