"""How the service agent does and undoes its ops: passes each op to the file of its subject."""

from collections.abc import Callable, Mapping
from typing import assert_never

from harness.agents.discovery import YOUNG_NS
from harness.agents.executor import Prepared
from harness.agents.loop import now
from harness.agents.services import features, file_ops, process_ops, resource_ops
from harness.agents.services.flood.floods import FloodExecutor
from harness.agents.services.haproxy.ops import BalancerExecutor
from harness.agents.services.mariadb.ops import SqlExecutor
from harness.agents.services.runit import supervised
from harness.agents.services.runit.supervised import Service
from harness.agents.services.toxiproxy import toxics
from harness.model.errors import AgentError, BadValue
from harness.model.events import AnyEvent
from harness.model.ops import (
    Alignment,
    AnyOp,
    FeatureOp,
    FileOp,
    FloodOp,
    HaproxyOp,
    Held,
    NetworkOp,
    ProcessOp,
    ResourceOp,
    SqlOp,
    ToxicOp,
)  # fmt: skip


class ServiceExecutor:
    """`pids`: node → its PID 1 as the host numbers it, for the nodes that run now."""

    def __init__(self, pids: Callable[[], Mapping[str, int]], emit: Callable[[AnyEvent], None]) -> None:
        self._pids = pids
        self._since = now()
        self._processes = process_ops.ProcessExecutor(self._init)
        self._balancers = BalancerExecutor(self._haproxy, emit)
        self._sql = SqlExecutor(self._init, emit)
        self._floods = FloodExecutor(self._init, emit)

    def prepare(self, op: AnyOp) -> Prepared:
        """Raises `HarnessError` if it is knowable now that `op` cannot have an effect."""
        if isinstance(op, ProcessOp | HaproxyOp | SqlOp | FloodOp):
            return self._by_subject(op)
        if isinstance(op, FeatureOp):
            return features.prepare(op, self._init(op.node))
        if isinstance(op, ResourceOp):
            return resource_ops.prepare(op, self._init)
        if isinstance(op, FileOp):
            return file_ops.prepare(op, self._init)
        if isinstance(op, ToxicOp):
            return toxics.prepare(op, self._init(op.node))
        raise _foreign(op)

    def _by_subject(self, op: ProcessOp | HaproxyOp | SqlOp | FloodOp) -> Prepared:
        if isinstance(op, ProcessOp):
            return self._processes.prepare(op)
        if isinstance(op, HaproxyOp):
            return self._balancers.prepare(op)
        if isinstance(op, SqlOp):
            return self._sql.prepare(op)
        return self._floods.prepare(op)

    def restore(self, op: AnyOp, before: str) -> None:
        """The faults of a node that has ended are gone, except those in its files.

        Raises `AgentError` for a node that is not seen, until it has been missing for so long that it must have ended.
        """
        if isinstance(op, NetworkOp) or not isinstance(op, Held):
            raise BadValue("op", type(op).__name__, "a held op of the service agent")
        if self._must_be_gone(op.place) and not op.outlives_node:
            return
        if isinstance(op, ProcessOp):
            self._processes.restore(op)
        elif isinstance(op, ResourceOp):
            resource_ops.restore(op, before, self._init)
        elif isinstance(op, FileOp):
            file_ops.restore(op, self._init)
        elif isinstance(op, SqlOp):
            self._sql.restore(op, before)
        elif isinstance(op, ToxicOp):
            toxics.restore(op, self._init(op.node))
        elif isinstance(op, FloodOp):
            self._floods.restore(op)
        else:
            assert_never(op)

    def aligned(self, alignment: Alignment, start: Callable[[int], None]) -> Callable[[], None]:  # noqa: ARG002
        """Only the network agent sees frames: a client arms its plan there first, then here at the fixed time."""
        raise AgentError(
            "the service agent sees no adverts: arm the plan with the start that the network agent returned."
        )

    def _must_be_gone(self, node: str) -> bool:
        return node not in self._pids() and now() - self._since > YOUNG_NS

    def _init(self, node: str) -> int:
        pids = self._pids()
        if node not in pids:
            raise AgentError(f"{node} is not running.")
        return pids[node]

    def _haproxy(self, node: str) -> Service:
        return supervised.service(node, self._init(node), "haproxy")


def _foreign(op: NetworkOp) -> AgentError:
    return AgentError(f"{type(op).__name__} is not an op of the service agent.")
