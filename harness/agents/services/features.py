"""Feature switches of an API server: a feature is on while its file exists (compose/api/features.py)."""

import re
from dataclasses import dataclass
from stat import S_ISDIR
from typing import Final

from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError, BadValue
from harness.model.ops import FeatureSet

_NAME: Final = re.compile(r"[a-z][a-z_]*")


FOLDER: Final = "/etc/api/features"


@dataclass(frozen=True)
class Feature:
    op: FeatureSet
    init: int
    before: str = ""
    met: int | None = None

    def apply(self) -> None:
        files, switch = NodeFiles.of(self.init), f"{FOLDER}/{self.op.feature}"
        if self.op.enabled:
            files.append(switch, "")
        else:
            files.remove(switch)

    def undo(self) -> None:
        """Does nothing: an act has no undo."""


def prepare(op: FeatureSet, init: int) -> Feature:
    """Raises `AgentError` for a node that has no switches."""
    if not _NAME.fullmatch(op.feature):
        raise BadValue("feature", op.feature, "a switch's name: lower-case letters and _")
    files = NodeFiles.of(init)
    if not files.exists(FOLDER) or not S_ISDIR(files.stat(FOLDER).st_mode):
        raise AgentError(f"{op.node} has no feature switches.")
    return Feature(op, init)
