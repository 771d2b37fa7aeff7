"""How the service agent does and undoes its ops on processes (`harness.model.ops.processes`).

`prepare` looks up everything that can be looked up before the deadline.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, assert_never

from harness.agents.executor import Ready, taken_back
from harness.agents.services import processes
from harness.agents.services.processes import Process
from harness.agents.services.runit import supervised
from harness.agents.services.runit.supervised import Service
from harness.agents.services.until import until
from harness.model.errors import AgentError
from harness.model.ops import (
    ProcessOp,
    Reboot,
    ServiceDown,
    ServiceKill,
    ServiceKilled,
    ServiceReload,
    ServiceRestart,
    Signal,
)
from harness.model.units import s

RESTART: Final = "tcu"  # runsv(8): TERM, CONT (a frozen process cannot end), up
ONCE: Final = "o"  # runsv(8): not started again when it ends
RELOAD: Final = "h"  # HUP; the effect is in the service's log
REBOOT_PATIENCE_NS: Final = 10 * s
ORDER_NS: Final = s  # runsv reads an order within milliseconds


class ProcessExecutor:
    """`find(node)`: its PID 1 as the host numbers it. Raises `AgentError` for a node that does not run."""

    def __init__(self, find: Callable[[str], int]) -> None:
        self._find = find

    def prepare(self, op: ProcessOp) -> Ready:
        """Raises `UnknownName` for a service that is not there, `AgentError` for an op without effect."""
        if isinstance(op, Signal | ServiceDown | ServiceKilled):
            return self._held(op)
        match op:
            case ServiceKill(node=node, service=name):
                service = _running(self._service(node, name))
                return Ready(lambda: processes.kill([_process(service)]))
            case ServiceRestart(node=node, service=name):
                return Ready(partial(_supervised(self._service(node, name)).control, RESTART))
            case ServiceReload(node=node, service=name):
                return Ready(partial(_running(self._service(node, name)).control, RELOAD))
            case Reboot(node=node):
                return Ready(partial(_reboot, _all_up(node, supervised.services(node, self._find(node)))))
            case _:
                assert_never(op)

    def _held(self, op: Signal | ServiceDown | ServiceKilled) -> Ready:
        match op:
            case Signal(node=node, service=name):
                return _freeze(self._roots(node, name))
            case ServiceDown(node=node, service=name):
                return _down(_running(self._service(node, name)))
            case ServiceKilled(node=node, service=name):
                return _killed(self._up(node, name))
            case _:
                assert_never(op)

    def restore(self, op: Signal | ServiceDown | ServiceKilled) -> None:
        """Resumes the whole node, also if only one service was frozen."""
        match op:
            case Signal(node=node):
                processes.resume(self._roots(node, None))
            case ServiceDown(node=node, service=name):
                _down(self._service(node, name)).undo()
            case ServiceKilled(node=node, service=name):
                services = supervised.services(node, self._find(node)) if name is None else [self._service(node, name)]
                _started(services)
            case _:
                assert_never(op)

    def _service(self, node: str, name: str) -> Service:
        return supervised.service(node, self._find(node), name)

    def _up(self, node: str, name: str | None) -> tuple[Service, ...]:
        """The service, or all of the node's that are up. Raises `AgentError` if it is down."""
        if name is None:
            return _all_up(node, supervised.services(node, self._find(node)))
        return (_running(self._service(node, name)),)

    def _roots(self, node: str, name: str | None) -> tuple[Process, ...]:
        root = processes.find(self._find(node) if name is None else self._service(node, name).pid())
        if not root:
            raise AgentError(f"{node}: {name or 'PID 1'} is not running.")
        return (root,)


def _freeze(roots: tuple[Process, ...]) -> Ready:
    """SIGSTOP to a service's processes, or to all of the node. Acknowledged when the kernel shows them as stopped."""

    def apply() -> None:
        with taken_back(partial(processes.resume, roots)):
            processes.stop(roots)

    return Ready(apply, partial(processes.resume, roots))


def _down(service: Service) -> Ready:
    """Acknowledged when runsv has the command; `ServiceChanged` says when the service has ended."""

    return Ready(partial(service.control, "d"), partial(_up_again, service), "u")


def _up_again(service: Service) -> None:
    status = service.status()
    if status and not status.wanted_up:
        service.control("u")


def _killed(services: tuple[Service, ...]) -> Ready:
    """Acknowledged when every process has been signalled."""

    def apply() -> None:
        with taken_back(partial(_started, services)):
            for service in services:
                service.control(ONCE)
            until(lambda: not any(map(_wanted, services)), f"runsv of {services[0].node} to read its orders", ORDER_NS)
            processes.kill([found for service in services if (found := processes.find(service.pid()))])

    return Ready(apply, partial(_started, services), "u")


def _started(services: Iterable[Service]) -> None:
    """Each is wanted up again; what was stopped to be killed goes on."""
    for service in services:
        if found := processes.find(service.pid()):
            processes.resume([found])
        _up_again(service)


def _process(service: Service) -> Process:
    """Raises `AgentError` if no process runs."""
    found = processes.find(service.pid())
    if not found:
        raise AgentError(f"{service.node}: {service.name} is not running.")
    return found


def _wanted(service: Service) -> bool:
    status = service.status()
    return status is not None and status.wanted_up


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
    """The services that are wanted up."""
    up = tuple(service for service in services if (status := service.status()) and status.wanted_up)
    if not up:
        raise AgentError(f"{node}: no service is up.")
    return up


def _runs(service: Service) -> bool:
    status = service.status()
    return status is not None and status.running


def _running(service: Service) -> Service:
    status = service.status()
    if not status or not status.wanted_up:
        raise AgentError(f"{service.node}: {service.name} is down already.")
    return service
