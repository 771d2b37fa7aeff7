"""All ops on HAProxy as one part of `ServiceExecutor`: values that are held, and what operators do by hand."""

import contextlib
import time
from collections.abc import Callable
from typing import Final

from harness.agents.executor import Ready
from harness.agents.services import haproxy
from harness.agents.services.operated import Operated
from harness.agents.services.supervised import Service
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, SessionLimitSet
from harness.model.ops import HaproxyAsConfigured, HaproxySet, SessionLimit, ShareServer

OPS: Final = (HaproxySet, SessionLimit, ShareServer, HaproxyAsConfigured)


class BalancerExecutor:
    """`service(node)`: its HAProxy. Raises `HarnessError` for a node that has none."""

    def __init__(self, service: Callable[[str], Service], emit: Callable[[AnyEvent], None]) -> None:
        self._service = service
        self._emit = emit

    def prepare(self, op: HaproxySet | SessionLimit | ShareServer | HaproxyAsConfigured) -> Ready:
        """Raises `BadValue` for a key that cannot be set, `AgentError` for what is set already."""
        service = self._service(op.node)
        match op:
            case HaproxySet():
                return _value(service.init, op, _replaced(service.init, op))
            case SessionLimit():
                return Ready(lambda: self._limit(service, op))
            case ShareServer(server=server):
                return Ready(lambda: Operated(service).share(server))
            case HaproxyAsConfigured():
                return Ready(Operated(service).restore)

    def restore(self, op: HaproxySet, before: str) -> None:
        _value(self._service(op.node).init, op, before).undo()

    def _limit(self, service: Service, op: SessionLimit) -> None:
        way = Operated(service).limit(op.limit)
        self._emit(SessionLimitSet(time.monotonic_ns(), op.node, op.limit, way))


def _value(init: int, op: HaproxySet, before: str) -> Ready:
    """Put back only if it is still ours."""

    def undo() -> None:
        with contextlib.suppress(haproxy.Gone):  # and the value with it
            if haproxy.read(init, op.key) == op.value:
                haproxy.write(init, op.key, before)

    return Ready(lambda: haproxy.write(init, op.key, op.value), undo, before)


def _replaced(init: int, op: HaproxySet) -> str:
    before = haproxy.read(init, op.key)
    if before == op.value:
        raise AgentError(f"{op.node}: {op.key} is {before} already.")
    return before
