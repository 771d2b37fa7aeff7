"""All ops that July 22 adds, as one part of `ServiceExecutor`: SQL, feature switches, toxics."""

from typing import Final

from harness.agents.executor import Prepared
from harness.agents.services import features, toxics
from harness.agents.services.sql import Emit, Find, SqlExecutor
from harness.model.errors import BadValue
from harness.model.ops import FeatureSet, SqlAnalyse, SqlKill, SqlOp, SqlPin, SqlRoll, SqlSet, Toxic

SQL: Final = (SqlRoll, SqlPin, SqlSet, SqlAnalyse, SqlKill)
OPS: Final = (*SQL, FeatureSet, Toxic)


class DatabaseExecutor:
    def __init__(self, find: Find, emit: Emit) -> None:
        self._find = find
        self._sql = SqlExecutor(find, emit)

    def prepare(self, op: SqlOp | FeatureSet | Toxic) -> Prepared:
        """Raises `HarnessError` if it is knowable now that `op` cannot have an effect."""
        match op:
            case FeatureSet(node=node):
                return features.prepare(op, self._find(node))
            case Toxic(node=node):
                return toxics.prepare(op, self._find(node))
            case _:
                return self._sql.prepare(op)

    def restore(self, op: SqlOp | FeatureSet | Toxic, before: str) -> None:
        """Undoes what an earlier life of the agent left. Raises `AgentError` for a node that does not answer."""
        match op:
            case FeatureSet():
                raise BadValue("op", type(op).__name__, "a held op: an act has no inverse")
            case Toxic(node=node):
                toxics.Toxicity(op, self._find(node)).undo()
            case _:
                self._sql.restore(op, before)
