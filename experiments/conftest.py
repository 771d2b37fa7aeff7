"""What the experiments of July 22 measure first: how fast this machine's databases answer. And what needs a site."""

import sys
from pathlib import Path

import pytest
from msgspec.structs import asdict

from experiments.july_22 import PROBES
from harness.experiment.session import Session
from harness.lab import definition
from harness.recovery.capacity import Capacity


@pytest.fixture(scope="module")
def capacity(harness_session: Session) -> Capacity:
    """Measured before the first test of a run that needs it, and kept in the run's header."""
    found = harness_session.measure_capacity("july-22", {"probe": PROBES})
    print(found, file=sys.stderr, flush=True)
    harness_session.note(**asdict(found))
    return found


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A pair of one's own is judged only where there is one: `--site DIR`. Interconnects are in a lab with GLBP."""
    if collection_path.name == "test_resilience.py":
        return None if config.getoption("--site") else True
    if collection_path.name == "test_fabric_failover.py":
        return None if definition.of(config.getoption("--lab")).topology.glbp else True
    return None
