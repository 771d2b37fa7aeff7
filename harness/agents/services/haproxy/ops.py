"""How the service agent does its ops on HAProxy (`harness.model.ops.haproxy`)."""

import time
from collections.abc import Callable
from functools import partial
from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.services.haproxy.operator_changes import OperatorChanges
from harness.agents.services.runit.supervised import Service
from harness.model.events import AnyEvent, SessionLimitSet
from harness.model.ops import HaproxyAsConfigured, HaproxyOp, SessionLimit, ShareServer


class BalancerExecutor:
    """`service(node)`: its HAProxy. Raises `HarnessError` for a node that has none."""

    def __init__(self, service: Callable[[str], Service], emit: Callable[[AnyEvent], None]) -> None:
        self._service = service
        self._emit = emit

    def prepare(self, op: HaproxyOp) -> Ready:
        match op:
            case SessionLimit(node=node):
                return Ready(partial(self._limit, self._service(node), op))
            case ShareServer(node=node, server=server):
                return Ready(partial(self._share, self._service(node), server))
            case HaproxyAsConfigured(node=node):
                return Ready(OperatorChanges(self._service(node)).restore)
            case _:
                assert_never(op)

    @staticmethod
    def _share(service: Service, server: str) -> None:
        OperatorChanges(service).share(server)

    def _limit(self, service: Service, op: SessionLimit) -> None:
        way = OperatorChanges(service).limit(op.limit)
        self._emit(SessionLimitSet(time.monotonic_ns(), op.node, op.limit, way))
