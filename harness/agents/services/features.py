"""Feature switches of an API server: a file that exists (compose/api/features.py reads it with every call)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.model.errors import AgentError, BadValue
from harness.model.ops import FeatureSet

_NAME: Final = re.compile(r"[a-z][a-z_]*")


def folder(init: int) -> Path:
    return Path(f"/proc/{init}/root/etc/api/features")


@dataclass(frozen=True)
class Feature:
    op: FeatureSet
    init: int
    before: str = ""

    def apply(self) -> None:
        switch = folder(self.init) / self.op.feature
        if self.op.enabled:
            switch.touch()
        else:
            switch.unlink(missing_ok=True)

    def undo(self) -> None:
        """An act has no inverse."""


def prepare(op: FeatureSet, init: int) -> Feature:
    """Raises `AgentError` for a node that has no switches."""
    if not _NAME.fullmatch(op.feature):
        raise BadValue("feature", op.feature, "a switch's name: lower-case letters and _")
    if not folder(init).is_dir():
        raise AgentError(f"{op.node} has no feature switches.")
    return Feature(op, init)
