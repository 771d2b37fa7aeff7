"""All ops on HAProxy as one part of `ServiceExecutor`: what operators do by hand, and its end."""

import time
from collections.abc import Callable
from typing import Final

from harness.agents.executor import Ready
from harness.agents.services.operated import Operated
from harness.agents.services.supervised import Service
from harness.model.events import AnyEvent, SessionLimitSet
from harness.model.ops import HaproxyAsConfigured, SessionLimit, ShareServer

OPS: Final = (SessionLimit, ShareServer, HaproxyAsConfigured)


class BalancerExecutor:
    """`service(node)`: its HAProxy. Raises `HarnessError` for a node that has none."""

    def __init__(self, service: Callable[[str], Service], emit: Callable[[AnyEvent], None]) -> None:
        self._service = service
        self._emit = emit

    def prepare(self, op: SessionLimit | ShareServer | HaproxyAsConfigured) -> Ready:
        service = self._service(op.node)
        match op:
            case SessionLimit():
                return Ready(lambda: self._limit(service, op))
            case ShareServer(server=server):
                return Ready(lambda: Operated(service).share(server))
            case HaproxyAsConfigured():
                return Ready(Operated(service).restore)

    def _limit(self, service: Service, op: SessionLimit) -> None:
        way = Operated(service).limit(op.limit)
        self._emit(SessionLimitSet(time.monotonic_ns(), op.node, op.limit, way))
