"""What each balancer's keepalived tells of itself now: a new dump, not the one of its start."""

import time
from collections.abc import Iterable
from typing import Final

from docker.models.containers import Container

from harness.lab.exec import find_container
from harness.lab.lab import Lab
from harness.model.keepalived_dump import read_dump
from harness.model.running_keepalived import RunningKeepalived

_DUMP: Final = "/tmp/keepalived.data"  # noqa: S108 - in the node, in keepalived's own folder
_ASK: Final = ["sh", "-c", f"rm -f {_DUMP} && sv 1 /etc/service/keepalived"]
_PATIENCE_S: Final = 3.0
_PAUSE_S: Final = 0.05


def dumps(lab: Lab, nodes: Iterable[str]) -> dict[str, RunningKeepalived]:
    """Node → its settings and states; a node whose keepalived does not tell them in 3 s is left out.

    Only for nodes whose keepalived has run for some seconds: before, the signal would end it.
    """
    containers = {node: find_container(lab.docker, lab.name, node) for node in nodes}
    for container in containers.values():
        container.exec_run(_ASK)
    found = {node: _read(container) for node, container in containers.items()}
    return {node: told for node, told in found.items() if told is not None}


def _read(container: Container) -> RunningKeepalived | None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        output = container.exec_run(["cat", _DUMP]).output
        assert isinstance(output, bytes), "it is no stream"
        reading = read_dump(output.decode(errors="replace"))
        if reading.complete:
            return reading.running
        time.sleep(_PAUSE_S)  # the engine has no way to wait for a file
    return None
