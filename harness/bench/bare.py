"""A lab without services: one network agent, nodes that only sleep. For measuring and testing the agent itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import docker
import yaml
from docker.models.containers import Container

from harness.lab.agent import AgentClient
from harness.lab.archive import pack
from harness.lab.exec import ExecStream
from harness.model import handed_topology
from harness.model.errors import NotMeasured
from harness.model.events import AnyEvent, PlanDone, Wired
from harness.model.protocol import SOCKET
from harness.model.topology import Topology

CAPABILITIES: Final = ("SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_NICE")
COMPOSE: Final = yaml.safe_load("""
x-lab:
  segments: {external: 10.77.0.0/24}
  switches: {sw-a: external, sw-b: external}
  trunks: {trunk: [sw-a, sw-b]}
  virtual_routers: {external: {segment: external, vrid: 51, vips: [10.77.0.100/24], nodes: [left, right]}}
  vantages: {}
services:
  left:
    x-lab:
      kind: balancer
      ports: [{segment: external, switch: sw-a, mac: "02:77:00:00:00:01", ip: 10.77.0.1/24}]
  right:
    x-lab:
      kind: gateway
      forwards: true
      sticky_arp: true
      ports: [{segment: external, switch: sw-b, mac: "02:77:00:00:00:02", ip: 10.77.0.2/24}]
      routes: [{to: 10.88.1.0/24, via: 10.77.0.1}]
""")


class Events:
    """The events that a client has received so far. Thread-safe."""

    def __init__(self) -> None:
        self._seen: list[AnyEvent] = []
        self._changed = threading.Condition()

    def append(self, event: AnyEvent) -> None:
        with self._changed:
            self._seen.append(event)
            self._changed.notify_all()

    def wait(self, what: str, enough: Callable[[list[AnyEvent]], bool], patience_s: float = 10) -> list[AnyEvent]:
        """All events, as soon as they are `enough`. Raises `NotMeasured` naming `what`, with the last events."""
        with self._changed:
            if not self._changed.wait_for(lambda: enough(self._seen), patience_s):
                raise NotMeasured(f"no {what} within {patience_s} s; the last events: {self._seen[-5:]}")
            return list(self._seen)

    def done(self, plan: int) -> list[AnyEvent]:
        """Waits for the plan's end; returns the events until then and removes them."""
        events = self.wait(f"end of plan {plan}", lambda seen: any(_ends(event, plan) for event in seen))
        with self._changed:
            del self._seen[: len(events)]
        return events


def _ends(event: AnyEvent, plan: int) -> bool:
    return isinstance(event, PlanDone) and event.plan == plan


class BareLab:
    """Containers LAB-left, LAB-right and LAB-network-agent. `down` removes them and nothing else."""

    def __init__(self, client: docker.DockerClient, lab: str, image: str) -> None:
        self.topology = Topology.from_compose(COMPOSE)
        self._client = client
        self._lab = lab
        self._image = image
        self.nodes: dict[str, Container] = {}
        self.agent: Container | None = None

    def up(self) -> None:
        for node in self.topology.nodes:
            self.nodes[node] = self._create(node, "sleep infinity", network_mode="none", cap_add=["NET_ADMIN"])
            self.nodes[node].start()
        options = {"pid_mode": "host", "network_mode": "none", "cap_drop": ["ALL"], "cap_add": list(CAPABILITIES)}
        self.agent = self._create("network-agent", "python3 -m harness.agents.network", **options)
        self.agent.put_archive("/", pack({handed_topology.PATH: handed_topology.encode(self.topology).decode()}))
        self.agent.start()

    def down(self) -> None:
        for container in [*self.nodes.values(), *([self.agent] if self.agent else [])]:
            container.remove(force=True)

    def hand(self, events: Events | None = None) -> AgentClient:
        """A client of the hand. Waits up to 10 s for its socket."""
        assert self.agent
        address = f"UNIX-CONNECT:{SOCKET.format(name='hand')},retry=200,interval=0.05"
        stream = ExecStream(self.agent, ["socat", "-", address])
        return AgentClient("hand", stream, None if events is None else events.append)

    def observed_hand(self, *nodes: str) -> tuple[AgentClient, Events]:
        """A subscribed client; these nodes (all, if none are named) are wired."""
        events = Events()
        client = self.hand(events)
        client.subscribe()
        wanted = set(nodes or self.topology.nodes)
        events.wait(f"cables of {wanted}", lambda seen: wanted <= {e.node for e in seen if isinstance(e, Wired)})
        return client, events

    def _create(self, service: str, command: str, **options: Any) -> Container:
        node = {"HARNESS_NODE": service} if service in self.topology.nodes else {}
        return self._client.containers.create(
            self._image,
            command,
            name=f"{self._lab}-{service}",
            environment={"HARNESS_LAB": self._lab, **node},
            labels={"com.docker.compose.project": self._lab, "com.docker.compose.service": service},
            stop_signal="SIGKILL",
            **options,
        )


@contextmanager
def bare_lab(client: docker.DockerClient, lab: str, image: str) -> Iterator[BareLab]:
    made = BareLab(client, lab, image)
    try:
        made.up()
        yield made
    finally:
        made.down()
