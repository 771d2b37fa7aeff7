"""Which lab this agent belongs to, and the two facts of this kernel that a client needs for its clock."""

import os
import time
from pathlib import Path

from harness.model import handed
from harness.model.topology import Topology

COMPOSE = Path(os.environ.get("HARNESS_COMPOSE", "/opt/harness/compose/compose.yaml"))
STATE = Path(os.environ.get("HARNESS_STATE", "/run/agent"))
JOURNALS = Path(os.environ.get("HARNESS_JOURNALS", "/var/lib/agent"))
"""A volume: what an agent held is known to the one in a container that was created anew, too."""


def topology() -> Topology:
    """As it was handed over, or of the Compose files in the image. It has all that may be there: what is, is seen.

    Raises `UsageError` if it does not fit.
    """
    return handed.read(COMPOSE.parent)


def name() -> str:
    return os.environ.get("HARNESS_LAB", "failover-harness")


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def wall_minus_mono_ns() -> int:
    """CLOCK_REALTIME - CLOCK_MONOTONIC, now: turns the kernel's wall-clock timestamps of frames into ours."""
    return min(_sample() for _ in range(3))[1]


def _sample() -> tuple[int, int]:
    """(for how long it is uncertain, difference): a process may be interrupted between two readings."""
    before = time.monotonic_ns()
    wall = time.time_ns()
    after = time.monotonic_ns()
    return after - before, wall - (before + after) // 2
