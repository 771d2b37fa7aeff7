"""What a mitigation is: an operator's act during an incident. No lease: it must work while a fault is held."""


import msgspec

from harness.model.ops import Plan
from harness.model.topology import Topology


class Mitigation(msgspec.Struct, frozen=True):
    """Base of all mitigations. A file in this folder is one mitigation; its plan holds acts only."""

    def plan(self, topology: Topology) -> Plan:
        """The acts, or `UsageError` before anything is done."""
        raise NotImplementedError

    def describe(self) -> str:
        """One line for progress, report and dry run."""
        raise NotImplementedError
