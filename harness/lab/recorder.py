"""The recorder: one process that owns a run's folder while a run lasts. Everything else only reads.

``python -m harness.lab.recorder --lab NAME --run FOLDER --from customer-1=OFFSET …`` subscribes to every agent, follows
every vantage point's requests and every container's log, and appends. It prints ``ready`` when all streams are open and
ends when its standard input does, so it never outlives the run.
"""

import argparse
import sys
import threading
from pathlib import Path

import docker
from docker.models.containers import Container

from harness.history import store
from harness.lab.agent import AgentClient
from harness.lab.engine import connect
from harness.lab.exec import ExecStream, find_container
from harness.model.events import AnyEvent, encode

AGENTS = {"hand": "network-agent", "eye": "network-agent", "service": "service-agent"}
SPOOL = "/spool/requests.rec"
RETRY_S = 0.05


def main() -> None:
    options = _options()
    client = connect()
    events = EventFile(store.events_path(options.run))
    agents = [record_agent(client, options.lab, name, events) for name in AGENTS]
    for vantage, offset in (item.split("=") for item in options.start):
        _thread(record_requests, client, options.lab, vantage, int(offset), options.run)
    for container in client.containers.list(filters={"label": f"com.docker.compose.project={options.lab}"}):
        _thread(record_log, container, options.run)
    print("ready", flush=True)
    sys.stdin.read()
    for agent in agents:
        agent.close()


class EventFile:
    """Appends events as JSON Lines, whole lines only: a reader may follow it while it grows."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def append(self, event: AnyEvent) -> None:
        with self._lock:
            self._file.write(encode(event) + b"\n")


def record_agent(client: docker.DockerClient, lab: str, name: str, events: EventFile) -> AgentClient:
    stream = open_agent(client, lab, name)
    agent = AgentClient(name, stream, events.append)
    agent.subscribe()
    return agent


def open_agent(client: docker.DockerClient, lab: str, name: str, patience_s: float = 0) -> ExecStream:
    """A stream to the agent called `name` (hand, eye, service), which may take `patience_s` to listen."""
    container = find_container(client, lab, AGENTS[name])
    retry = f",retry={round(patience_s / RETRY_S)},interval={RETRY_S}" if patience_s else ""
    return ExecStream(container, ["socat", "-t0", "-", f"UNIX-CONNECT:/run/agent/{name}.sock{retry}"])


def record_requests(client: docker.DockerClient, lab: str, vantage: str, offset: int, run: Path) -> None:
    """Follows a vantage point's spool from byte `offset` on: over `docker exec`, so no network can cut it."""
    container = find_container(client, lab, vantage)
    stream = ExecStream(container, ["tail", "-c", f"+{offset + 1}", "-f", SPOOL])
    with store.requests_path(run, vantage).open("ab", buffering=0) as file:
        while piece := stream.read():
            file.write(piece)


def record_log(container: Container, run: Path) -> None:
    """Every service's log lands in the run's folder, from the start of the container's life."""
    name = str(container.labels["com.docker.compose.service"])
    with store.log_path(run, name).open("ab", buffering=0) as file:
        for piece in container.logs(stream=True, follow=True, timestamps=True, tail=2000):
            file.write(piece)


def _thread(target: object, *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()  # type: ignore[arg-type]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", required=True)
    parser.add_argument("--run", required=True, type=Path)
    parser.add_argument("--from", dest="start", nargs="*", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    main()
