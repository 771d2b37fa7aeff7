"""How the service agent does and undoes its ops. Everything that can be looked up is looked up in `prepare`."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.agents.conductor import Prepared
from harness.agents.services import databases, haproxy, processes, supervised
from harness.agents.services.processes import Process
from harness.agents.services.supervised import Service
from harness.model.errors import AgentError
from harness.model.events import AnyEvent
from harness.model.ops import Alignment, AnyOp, HaproxySet, ServiceDown, ServiceRestart, Signal


@dataclass(frozen=True)
class Freeze:
    """SIGSTOP to a service's processes, or to all of the node's. Acknowledged when the kernel says: stopped."""

    roots: tuple[Process, ...]
    before: str = ""

    def apply(self) -> None:
        try:
            processes.stop(self.roots)
        except AgentError:
            self.undo()
            raise

    def undo(self) -> None:
        processes.resume(self.roots)


@dataclass(frozen=True)
class Down:
    """Acknowledged when runsv has its order; how long the service takes to end is told by `ServiceChanged`."""

    service: Service
    before: str = "u"

    def apply(self) -> None:
        self.service.control("d")

    def undo(self) -> None:
        status = self.service.status()
        if status and not status.wanted_up:
            self.service.control("u")


@dataclass(frozen=True)
class Restart:
    """TERM, CONT (a frozen process could not end), and up again."""

    service: Service
    before: str = ""

    def apply(self) -> None:
        self.service.control("tcu")

    def undo(self) -> None:
        """An act has no inverse."""


@dataclass(frozen=True)
class Value:
    """One value of HAProxy's; put back only if it is still ours."""

    init: int
    op: HaproxySet
    before: str

    def apply(self) -> None:
        haproxy.write(self.init, self.op.key, self.op.value)

    def undo(self) -> None:
        with contextlib.suppress(haproxy.Gone):  # and the value with it
            if haproxy.read(self.init, self.op.key) == self.op.value:
                haproxy.write(self.init, self.op.key, self.before)


class ServiceExecutor:
    """`pids`: node → its PID 1 as the host numbers it, for the nodes that live now."""

    def __init__(self, pids: Callable[[], Mapping[str, int]], emit: Callable[[AnyEvent], None]) -> None:
        self._pids = pids
        self._databases = databases.DatabaseExecutor(self._init, emit)

    def prepare(self, op: AnyOp) -> Prepared:
        """Raises `UnknownName` for a service that is not there, `AgentError` for what can have no effect."""
        match op:
            case Signal(node=node, service=name):
                return Freeze(self._roots(node, name))
            case ServiceDown(node=node, service=name):
                return Down(_running(self._service(node, name)))
            case ServiceRestart(node=node, service=name):
                return Restart(_supervised(self._service(node, name)))
            case HaproxySet(node=node, key=key):
                return _changing(Value(self._init(node), op, haproxy.read(self._init(node), key)))
        if isinstance(op, databases.OPS):
            return self._databases.prepare(op)
        raise AgentError(f"{type(op).__name__} is not an op of the service agent.")

    def restore(self, op: AnyOp, before: str) -> None:
        """A node that has died since has taken its faults with it."""
        pids = self._pids()
        match op:
            case Signal(node=node) if node in pids:
                processes.resume(self._roots(node, None))
            case ServiceDown(node=node, service=name) if node in pids:
                Down(self._service(node, name)).undo()
            case HaproxySet(node=node) if node in pids:
                Value(pids[node], op, before).undo()
        if isinstance(op, databases.OPS):
            self._databases.restore(op, before)

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:  # noqa: ARG002
        """Frames are the network agent's: a client that wants both asks there first, and arms here at a fixed time."""
        raise AgentError("the service agent sees no adverts: arm it with the start that the network agent named.")

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


def _supervised(service: Service) -> Service:
    if service.status() is None:
        raise AgentError(f"{service.node}: nothing supervises {service.name}.")
    return service


def _running(service: Service) -> Service:
    status = service.status()
    if not status or not status.wanted_up:
        raise AgentError(f"{service.node}: {service.name} is down already.")
    return service


def _changing(value: Value) -> Value:
    if value.before == value.op.value:
        raise AgentError(f"{value.op.node}: {value.op.key} is {value.before} already.")
    return value
