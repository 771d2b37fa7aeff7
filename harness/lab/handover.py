"""Gives containers what they need before they start: the topology to agents and load, their files to nodes."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import docker
from docker.models.containers import Container as Engine

from harness.lab.archive import fetch, pack
from harness.lab.containers import PROJECT, Container, listed
from harness.lab.definition import Definition
from harness.model import handed_topology
from harness.model.configuration import Configuration

_AT_ONCE: Final = 8


def hand_over(client: docker.DockerClient, lab: str, definition: Definition, configuration: Configuration) -> list[str]:
    """Gives them to each container that is created and not started. One that runs with another topology is restarted.

    Returns the services that were restarted. A node that has run before gets its files from `configure`.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        given = pool.map(lambda each: _give(client, each, definition, configuration), listed(client, PROJECT, lab))
        return sorted(service for service in given if service)


def _give(client: docker.DockerClient, listed: Container, definition: Definition, configuration: Configuration) -> str:
    """Returns the service if it was restarted, else an empty string."""
    service, container = listed.service, client.containers.get(listed.id)
    if listed.state == "created" and service in definition.topology.nodes:
        files = configuration.render(definition.every, service)
        _put(container, files, configuration.executable(definition.every, service))
    topology = handed_topology.encode(definition.every).decode()
    if service not in definition.readers or not _is_stale(listed, container, topology, definition):
        return ""
    _put(container, {handed_topology.PATH: topology})
    if listed.state != "running":
        return ""
    container.restart(timeout=1)
    return service


def _put(container: Engine, files: dict[str, str], executable: Collection[str] = ()) -> None:
    if files:
        container.put_archive("/", pack(files, executable))


def _is_stale(listed: Container, container: Engine, topology: str, definition: Definition) -> bool:
    """A container without the file has its image's topology, the usual lab's: Compose replaces those of old images."""
    kept = fetch(container, handed_topology.PATH)
    return kept.text != topology if kept else definition.generated or listed.state == "created"
