"""What the experiments of July 22 measure first: how fast this machine's databases answer."""

import sys

import pytest
from msgspec.structs import asdict

from experiments.july_22 import PROBES
from harness.experiment.session import Session
from harness.recovery.capacity import Capacity


@pytest.fixture(scope="session")
def capacities() -> dict[str, Capacity]:
    """Lab → what its databases answer."""
    return {}


@pytest.fixture(scope="module")
def capacity(harness_session: Session, capacities: dict[str, Capacity]) -> Capacity:
    """Measured once for each lab, before its first test that needs it; kept in the header of every run that uses it."""
    name = harness_session.lab.name
    if name not in capacities:
        capacities[name] = harness_session.measure_capacity("july-22", {"probe": PROBES})
        print(capacities[name], file=sys.stderr, flush=True)
    harness_session.note(**asdict(capacities[name]))
    return capacities[name]
