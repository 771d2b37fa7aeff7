"""What containers of the lab get before they start: each stand-in of servers its places; a balancer, the program too.

As files and not in the environment, where one text may have 128 kB (execve(2), MAX_ARG_STRLEN).
"""

from collections.abc import Iterator, Mapping
from typing import Final

import docker
import msgspec
from msgspec.structs import replace

from harness.gate.place import SERVERS
from harness.gate.prepare import Prepared
from harness.lab import archive
from harness.lab.exec import find_container
from harness.model.folders import COMPOSE
from harness.site.stand_in import StandIns

_PLACES: Final = "/etc/stand-ins.json"
_PROGRAM: Final = "/opt/stand_in"
_SERVICE: Final = "/etc/service/stand-ins/run"
_RUN: Final = "#!/bin/sh\nexec 2>&1\ncabled {cards}\nexport PYTHONPATH=/opt\nexec python3 -m stand_in\n"
"""The node's own addresses come with its cables."""


def hand_out(client: docker.DockerClient, lab: str, prepared: Prepared) -> None:
    """To containers that are created and not started. Raises `EnvironmentProblem` if one is missing."""
    for node, files in handed(prepared).items():
        find_container(client, lab, node).put_archive("/", archive.pack(files, executable={_SERVICE}))


def handed(prepared: Prepared) -> dict[str, dict[str, str]]:
    """Node of the lab → path → text."""
    servers = replace(prepared.stand_ins.servers, balancers=_sources(prepared))
    found = {SERVERS: {_PLACES: _text(servers)}}
    for theirs, places in prepared.stand_ins.own.items():
        node = prepared.place.topology.node(prepared.place.names[theirs])
        run = _RUN.format(cards=" ".join(node.devices))
        own = replace(places, balancers=_sources(prepared))
        found[node.name] = {_PLACES: _text(own), _SERVICE: run, **dict(_program())}
    return found


def _text(places: StandIns) -> str:
    return msgspec.json.encode(places).decode()


def _program() -> Iterator[tuple[str, str]]:
    for path in sorted((COMPOSE / "servers" / "stand_in").glob("*.py")):
        yield f"{_PROGRAM}/{path.name}", path.read_text()


def _sources(prepared: Prepared) -> Mapping[str, str]:
    """Address of a balancer's card → its name: so the stand-in servers know which balancer asks."""
    nodes = prepared.place.topology.nodes.values()
    return {port.address: node.name for node in nodes if node.kind == "balancer" for port in node.ports}
