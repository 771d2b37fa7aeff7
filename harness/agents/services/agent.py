"""The service agent: finds the nodes, follows what runs in them, applies the ops that concern processes."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from harness.agents import lab
from harness.agents.agent import Agent
from harness.agents.discovery import Discovery
from harness.agents.lateness import Lateness
from harness.agents.leftover import Leftover
from harness.agents.loop import Loop, now
from harness.agents.machine import MachineSampler
from harness.agents.services import survey, sweep
from harness.agents.services.executor import ServiceExecutor
from harness.agents.services.mariadb.sampler import DatabaseSampler
from harness.agents.services.node_watch import NodeWatch
from harness.model import threads
from harness.model.events import AnyEvent
from harness.model.survey import Survey
from harness.model.topology import Topology
from harness.model.units import ms

POLLED_NS: Final = 25 * ms
"""Its samples are 80 ms apart, and bounds on its events are half a second: it need not wake up more often."""


class ServiceAgent(Agent):
    def __init__(self, loop: Loop, topology: Topology) -> None:
        self._discovery = Discovery(loop, lab.name(), topology.nodes, self._found, self._died)
        super().__init__("service", loop, topology, ServiceExecutor(lambda: self._discovery.pids, self._tell))
        self._watches: dict[str, NodeWatch] = {}
        self._lateness = Lateness(loop, self.name, self.emit, lambda: self.server.observed, POLLED_NS)
        self._machine = MachineSampler(loop, self.emit, lambda: self.server.observed)
        self._databases = DatabaseSampler(loop, self.emit, lambda: self.server.observed)

    def open(self) -> None:
        """Finds the nodes first: the journal's ops are undone in them."""
        self._discovery.scan()
        super().open()
        self._discovery.start()

    def _tell(self, event: AnyEvent) -> None:
        """From any thread."""
        self.mailbox.post(partial(self.emit, event))

    def wired(self) -> tuple[str, ...]:
        return tuple(self._watches)

    def on_subscribed(self) -> None:
        self._lateness.begin()
        self._machine.begin()

    def notes(self) -> tuple[str, ...]:
        of_nodes = [note for watch in self._watches.values() for note in watch.notes]
        return (*super().notes(), *dict.fromkeys(of_nodes))

    def survey(self) -> Callable[[], Survey]:
        return partial(survey.survey, self.topology, self._discovery.pids)

    def sweep(self) -> Callable[[], Leftover]:
        databases = [name for name, node in self.topology.nodes.items() if node.kind == "database"]
        return partial(sweep.left, dict(self._discovery.pids), databases)

    def baseline(self) -> Iterable[AnyEvent]:
        t = now()
        for watch in self._watches.values():
            yield from watch.baseline(t)

    def _found(self, node: str, pid: int) -> None:
        self._watches[node] = NodeWatch(
            self.loop, self.topology.node(node), pid, self.emit, lambda: self.server.observed
        )
        if self.topology.node(node).kind == "database":
            self._databases.follow(node, pid)

    def _died(self, node: str) -> None:
        self._databases.forget(node)
        for event in self._watches.pop(node).close():
            self.emit(event)
        if self.conductor:
            self.conductor.lost(node)


def main() -> None:
    """Ends only by an exception, also one of a sampler's or a lane's thread: Docker restarts the agent."""
    threads.exit_on_uncaught()
    loop = Loop()
    agent = ServiceAgent(loop, lab.topology())
    agent.open()
    loop.run()
