"""How the service agent does and undoes its ops on processes (`harness.model.ops.processes`).

`prepare` looks up everything that can be looked up before the deadline.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, assert_never

from harness.agents.executor import Ready
from harness.agents.services import processes
from harness.agents.services.processes import Process
from harness.agents.services.runit import supervised
from harness.agents.services.runit.supervised import Service
from harness.agents.services.until import until
from harness.model.errors import AgentError
from harness.model.ops import ProcessOp, Reboot, ServiceDown, ServiceReload, ServiceRestart, Signal
from harness.model.units import s

RESTART: Final = "tcu"  # runsv(8): TERM, CONT (a frozen process cannot end), up
RELOAD: Final = "h"  # HUP; the effect is in the service's log
REBOOT_PATIENCE_NS: Final = 10 * s


class ProcessExecutor:
    """`find(node)`: its PID 1 as the host numbers it. Raises `AgentError` for a node that does not run."""

    def __init__(self, find: Callable[[str], int]) -> None:
        self._find = find

    def prepare(self, op: ProcessOp) -> Ready:
        """Raises `UnknownName` for a service that is not there, `AgentError` for an op without effect."""
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
                return Ready(partial(_reboot, _all_up(node, supervised.services(node, self._find(node)))))
            case _:
                assert_never(op)

    def restore(self, op: Signal | ServiceDown) -> None:
        """Resumes the whole node, also if only one service was frozen."""
        match op:
            case Signal(node=node):
                processes.resume(self._roots(node, None))
            case ServiceDown(node=node, service=name):
                _down(self._service(node, name)).undo()
            case _:
                assert_never(op)

    def _service(self, node: str, name: str) -> Service:
        return supervised.service(node, self._find(node), name)

    def _roots(self, node: str, name: str | None) -> tuple[Process, ...]:
        root = processes.find(self._find(node) if name is None else self._service(node, name).pid())
        if not root:
            raise AgentError(f"{node}: {name or 'PID 1'} is not running.")
        return (root,)


def _freeze(roots: tuple[Process, ...]) -> Ready:
    """SIGSTOP to a service's processes, or to all of the node. Acknowledged when the kernel shows them as stopped."""

    def apply() -> None:
        try:
            processes.stop(roots)
        except AgentError:
            processes.resume(roots)
            raise

    return Ready(apply, partial(processes.resume, roots))


def _down(service: Service) -> Ready:
    """Acknowledged when runsv has the command; `ServiceChanged` says when the service has ended."""

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
