"""How the service agent does and undoes its ops. Everything that can be looked up is looked up in `prepare`."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from harness.agents.discovery import YOUNG_NS
from harness.agents.executor import Prepared, Ready
from harness.agents.lease import target_of
from harness.agents.loop import now
from harness.agents.services import balancers, databases, floods, processes, supervised
from harness.agents.services.processes import Process
from harness.agents.services.supervised import Service
from harness.agents.services.until import until
from harness.model.errors import AgentError, BadValue
from harness.model.events import AnyEvent
from harness.model.ops import (
    Alignment,
    AnyOp,
    Flood,
    Reboot,
    ServiceDown,
    ServiceReload,
    ServiceRestart,
    Signal,
    SqlPin,
    Toxic,
)
from harness.model.units import s

RESTART: Final = "tcu"  # runsv(8): TERM, CONT (a frozen process could not end), and up again
RELOAD: Final = "h"  # HUP; what the service makes of it is told by its log
REBOOT_PATIENCE_NS: Final = 10 * s


class ServiceExecutor:
    """`pids`: node → its PID 1 as the host numbers it, for the nodes that live now."""

    def __init__(self, pids: Callable[[], Mapping[str, int]], emit: Callable[[AnyEvent], None]) -> None:
        self._pids = pids
        self._since = now()
        self._balancers = balancers.BalancerExecutor(lambda node: self._service(node, "haproxy"), emit)
        self._databases = databases.DatabaseExecutor(self._init, emit)
        self._floods = floods.FloodExecutor(self._init, emit)

    def lane(self, op: AnyOp) -> str:
        """Whatever awaits an answer of the node has one: MariaDB may take seconds, a flood 2 s to end, SIGSTOP 0.5 s.

        What is done to processes has a lane of its own, so that a freeze need not wait for a query. Toxiproxy's library
        serves one at a time.
        """
        if isinstance(op, Toxic):
            return "toxiproxy"
        if isinstance(op, Flood):
            return f"flood from {op.node}"
        if isinstance(op, (Signal, ServiceDown)):
            return f"processes of {op.node}"
        return op.node if isinstance(op, (Reboot, *balancers.OPS, *databases.SQL)) else ""

    def prepare(self, op: AnyOp) -> Prepared:
        """Raises `UnknownName` for a service that is not there, `AgentError` for what can have no effect."""
        match op:
            case Signal(node=node, service=name):
                return _freeze(self._roots(node, name))
            case ServiceDown(node=node, service=name):
                return _down(_running(self._service(node, name)))
            case ServiceRestart(node=node, service=name):
                return Ready(partial(_supervised(self._service(node, name)).control, RESTART))
            case ServiceReload(node=node, service=name):
                return Ready(partial(_running(self._service(node, name)).control, RELOAD))
            case Reboot(node=node):
                return Ready(partial(_reboot, _all_up(node, supervised.services(node, self._init(node)))))
            case _:
                return self._part_of(op)

    def restore(self, op: AnyOp, before: str) -> None:
        """A node that has died since has taken its faults with it. A flood went with the agent that held it.

        Raises `AgentError` for a node that is not seen, be it young or gone, until it must be gone.
        """
        if isinstance(op, Flood) or self._went_with_its_node(op):
            return
        match op:
            case Signal(node=node):
                processes.resume(self._roots(node, None))
            case ServiceDown(node=node, service=name):
                _down(self._service(node, name)).undo()
            case _ if isinstance(op, databases.OPS):
                self._databases.restore(op, before)
            case _:
                raise BadValue("op", type(op).__name__, "a held op of the service agent")

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:  # noqa: ARG002
        """Frames are the network agent's: a client that wants both asks there first, and arms here at a fixed time."""
        raise AgentError("the service agent sees no adverts: arm it with the start that the network agent named.")

    def _part_of(self, op: AnyOp) -> Prepared:
        if isinstance(op, balancers.OPS):
            return self._balancers.prepare(op)
        if isinstance(op, databases.OPS):
            return self._databases.prepare(op)
        if isinstance(op, Flood):
            return self._floods.prepare(op)
        raise AgentError(f"{type(op).__name__} is not an op of the service agent.")

    def _went_with_its_node(self, op: AnyOp) -> bool:
        """A pin does not: it is in the database's files."""
        gone = target_of(op) not in self._pids() and now() - self._since > YOUNG_NS
        return gone and not isinstance(op, SqlPin)

    def _init(self, node: str) -> int:
        pids = self._pids()
        if node not in pids:
            raise AgentError(f"{node} is not running.")
        return pids[node]

    def _service(self, node: str, name: str) -> Service:
        return supervised.service(node, self._init(node), name)

    def _roots(self, node: str, name: str | None) -> tuple[Process, ...]:
        root = processes.find(self._init(node) if name is None else self._service(node, name).pid())
        if not root:
            raise AgentError(f"{node}: {name or 'it'} is not running.")
        return (root,)


def _freeze(roots: tuple[Process, ...]) -> Ready:
    """SIGSTOP to a service's processes, or to all of the node's. Acknowledged when the kernel says: stopped."""

    def apply() -> None:
        try:
            processes.stop(roots)
        except AgentError:
            processes.resume(roots)
            raise

    return Ready(apply, partial(processes.resume, roots))


def _down(service: Service) -> Ready:
    """Acknowledged when runsv has its order; how long the service takes to end is told by `ServiceChanged`."""

    def undo() -> None:
        status = service.status()
        if status and not status.wanted_up:
            service.control("u")

    return Ready(partial(service.control, "d"), undo, "u")


def _reboot(services: tuple[Service, ...]) -> None:
    """Acknowledged when every service runs again."""
    node, names = services[0].node, " and ".join(service.name for service in services)
    for service in services:
        service.control("d")
    until(lambda: not any(map(_runs, services)), f"{node}: the end of {names}", REBOOT_PATIENCE_NS)
    for service in services:
        service.control("u")
    until(lambda: all(map(_runs, services)), f"{node}: the start of {names}", REBOOT_PATIENCE_NS)


def _supervised(service: Service) -> Service:
    if service.status() is None:
        raise AgentError(f"{service.node}: nothing supervises {service.name}.")
    return service


def _all_up(node: str, services: Iterable[Service]) -> tuple[Service, ...]:
    """Those that are meant to run."""
    up = tuple(service for service in services if (status := service.status()) and status.wanted_up)
    if not up:
        raise AgentError(f"{node}: no service of it is up.")
    return up


def _runs(service: Service) -> bool:
    status = service.status()
    return status is not None and status.running


def _running(service: Service) -> Service:
    status = service.status()
    if not status or not status.wanted_up:
        raise AgentError(f"{service.node}: {service.name} is down already.")
    return service
