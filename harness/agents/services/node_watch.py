"""What the service agent observes of one running node: its services, and samples of some of them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from harness.agents.loop import Loop, now
from harness.agents.services import counters, listeners, processes
from harness.agents.services.every import Every
from harness.agents.services.haproxy.sampler import HaproxySampler
from harness.agents.services.keepalived.watch import KeepalivedWatch
from harness.agents.services.runit import supervised
from harness.agents.services.runit.service_watch import ServiceWatch
from harness.agents.services.waiting import Waiting
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, ServiceChanged
from harness.model.node import Node
from harness.model.units import ms, s

SERVICES_NS: Final = 100 * ms
HAPROXY_NS: Final = 80 * ms  # so that there are ten a second on a starved machine, too
LISTENERS_NS: Final = 80 * ms
CONNECTING_NS: Final = 80 * ms
DUMP_NS: Final = 250 * ms
COUNTERS_NS: Final = 500 * ms
WAITING_NS: Final = 1 * s
WAIT: Final = ("balancer", "api", "servers")
"""Kinds of nodes whose answers are late if they get no CPU time. A database on a wrong index waits for one, too."""


class NodeWatch:
    """`observed()`: is a client subscribed? Only then samples are taken; states are always kept, for the baseline."""

    def __init__(
        self, loop: Loop, node: Node, init: int, emit: Callable[[AnyEvent], None], observed: Callable[[], bool]
    ) -> None:
        self._loop = loop
        self._node = node
        self._init = init
        self._emit = emit
        self._observed = observed
        self._unlistened: tuple[str, ...] = ()
        self._services = [ServiceWatch(loop, service, emit) for service in supervised.services(node.name, init)]
        self._keepaliveds = [KeepalivedWatch(loop, w, emit) for w in self._services if w.service.name == "keepalived"]
        self._waits = [(watch, Waiting(node.name, watch.service.name)) for watch in self._services]
        haproxy = next((w for w in self._services if w.service.name == "haproxy"), None)
        self._haproxy = HaproxySampler(loop, node.name, init, haproxy, emit)
        self._timers = [Every(loop, SERVICES_NS, self._look)]
        if node.kind == "balancer":
            self._timers += [
                Every(loop, HAPROXY_NS, self._if_observed(self._haproxy.sample)),
                Every(loop, LISTENERS_NS, self._if_observed(self._listen)),
                Every(loop, DUMP_NS, self._dump),
                Every(loop, COUNTERS_NS, self._if_observed(self._count)),
            ]
        if node.kind in WAIT:
            self._timers.append(Every(loop, WAITING_NS, self._if_observed(self._wait)))
        if node.kind == "customer":
            self._timers.append(Every(loop, CONNECTING_NS, self._if_observed(self._connect)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the agent cannot observe on this machine or in this node."""
        of_keepalived = [note for each in self._keepaliveds for note in each.notes]
        return (*self._unlistened, *self._haproxy.notes, *of_keepalived)

    def baseline(self, t: int) -> Iterator[AnyEvent]:
        for watch in self._services:
            yield watch.latest(t)
        for keepalived in self._keepaliveds:
            yield from keepalived.baseline(t)

    def close(self) -> Iterable[ServiceChanged]:
        """The node has ended: closes all descriptors of it; returns the last event of each service."""
        for timer in self._timers:
            timer.cancel()
        followed: list[ServiceWatch | KeepalivedWatch] = [*self._services, *self._keepaliveds]
        for part in followed:
            part.close()
        self._haproxy.close()
        return [ServiceChanged(now(), self._node.name, watch.service.name, "down") for watch in self._services]

    def _look(self) -> None:
        for watch in self._services:
            watch.check()
        for keepalived in self._keepaliveds:
            keepalived.look()

    def _dump(self) -> None:
        """Settings are asked for rarely and kept for the baseline: hence also without a subscriber."""
        for keepalived in self._keepaliveds:
            keepalived.settle()
            if self._observed():
                keepalived.ask()

    def _count(self) -> None:
        for event in counters.read(self._init, self._node.name, now()):
            self._emit(event)

    def _connect(self) -> None:
        for event in counters.connecting(self._init, self._node.name, now()):
            self._emit(event)

    def _wait(self) -> None:
        for watch, waits in self._waits:
            event = waits.sample(processes.tree(watch.pid) if watch.pid else (), now())
            if event:
                self._emit(event)

    def _listen(self) -> None:
        """HAProxy's workers have the listening sockets; during a reload two workers share them."""
        masters = [watch.pid for watch in self._services if watch.service.name == "haproxy" and watch.pid]
        pids = [pid for master in masters for pid in (master, *processes.children(master))]
        try:
            for event in listeners.read(pids, self._init, self._node.name, now()):
                self._emit(event)
        except AgentError as error:
            self._unlistened = (str(error),)

    def _if_observed(self, call: Callable[[], None]) -> Callable[[], None]:
        return lambda: call() if self._observed() else None
