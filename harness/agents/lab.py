"""Which lab this agent belongs to, and what a client needs to know of this kernel's clocks."""

import os
import time
from pathlib import Path

from harness.model import handed_topology
from harness.model.topology import Topology

COMPOSE = Path(os.environ.get("HARNESS_COMPOSE", "/opt/harness/compose/compose.yaml"))
STATE = Path(os.environ.get("HARNESS_STATE", "/run/agent"))
JOURNALS = Path(os.environ.get("HARNESS_JOURNALS", "/var/lib/agent"))
"""A volume: it outlives the container, so that the agent of a new container undoes what is held."""


def topology() -> Topology:
    """As the harness handed it over, or from the Compose files in the image. Not all of its nodes need to run.

    Raises `UsageError` if it is not valid.
    """
    return handed_topology.read(COMPOSE.parent)


def name() -> str:
    return os.environ.get("HARNESS_LAB", "failover-harness")


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def wall_minus_mono_ns() -> int:
    """CLOCK_REALTIME - CLOCK_MONOTONIC, now: converts the kernel's timestamps of frames to CLOCK_MONOTONIC."""
    return min(_sample() for _ in range(3))[1]


def _sample() -> tuple[int, int]:
    """(uncertainty, difference), ns: the kernel may interrupt the process between two readings."""
    before = time.monotonic_ns()
    wall = time.time_ns()
    after = time.monotonic_ns()
    return after - before, wall - (before + after) // 2
