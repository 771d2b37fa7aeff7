"""Which keepalived and HAProxy run on each balancer of a lab: two nodes may have programs of two Debian releases."""

import re
from typing import Final

import docker

from harness.lab.exec import find_container
from harness.model.topology import Topology

_ASKED: Final = "keepalived --version 2>&1 | head -n 1; haproxy -v 2>&1 | head -n 1"
_SAID: Final = {
    "keepalived": re.compile(r"^Keepalived v([\w.]+)", re.MULTILINE),
    "haproxy": re.compile(r"^HAProxy version ([\d.]+)", re.MULTILINE),
}

Programs = dict[str, dict[str, str]]
"""Node → program → version. A program that does not tell its version is left out."""


def programs(client: docker.DockerClient, lab: str, topology: Topology) -> Programs:
    """Of every balancer. Raises `EnvironmentProblem` if the lab is not up."""
    nodes = [node.name for node in topology.nodes.values() if node.kind == "balancer"]
    return {node: versions(_answer(client, lab, node)) for node in nodes}


def engine_versions(client: docker.DockerClient) -> dict[str, str]:
    """The engine's, and that of the kernel under all containers."""
    told = client.version()
    known = {"engine": str(told["Version"]), "kernel": str(told.get("KernelVersion", ""))}
    return {name: version for name, version in known.items() if version}


def summary(found: Programs) -> dict[str, str]:
    """Program → its version; of nodes that differ, all of them."""
    names = {name for each in found.values() for name in each}
    return {
        name: " and ".join(sorted({each[name] for each in found.values() if name in each})) for name in sorted(names)
    }


def versions(said: str) -> dict[str, str]:
    """In what ``keepalived --version`` and ``haproxy -v`` print."""
    found = {program: pattern.search(said) for program, pattern in _SAID.items()}
    return {program: match[1] for program, match in found.items() if match}


def _answer(client: docker.DockerClient, lab: str, node: str) -> str:
    output = find_container(client, lab, node).exec_run(["sh", "-c", _ASKED]).output
    assert isinstance(output, bytes), "it is no stream"
    return output.decode(errors="replace")
