"""Which agents a lab has, in which containers, and how they are reached."""

from typing import Final

import docker

from harness.lab.exec import ExecStream, find_container

AGENTS: Final = {"hand": "network-agent", "eye": "network-agent", "service": "service-agent"}
RETRY_S: Final = 0.05
RESTART_S: Final = 20.0  # Docker waits before it starts a container that died soon after its start


def open_agent(client: docker.DockerClient, lab: str, name: str, patience_s: float = 0) -> ExecStream:
    """A stream to the agent called `name` (hand, eye, service), which may take `patience_s` to listen."""
    container = find_container(client, lab, AGENTS[name])
    retry = f",retry={round(patience_s / RETRY_S)},interval={RETRY_S}" if patience_s else ""
    return ExecStream(container, ["socat", "-t0", "-", f"UNIX-CONNECT:/run/agent/{name}.sock{retry}"])


def started_at(client: docker.DockerClient, lab: str, name: str) -> str | None:
    """When this agent's container was started last; None while it does not run."""
    state = find_container(client, lab, AGENTS[name]).attrs["State"]
    return str(state["StartedAt"]) if state["Running"] else None
