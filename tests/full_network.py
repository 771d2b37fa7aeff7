"""The network of `harness up --network full`, as data."""

from functools import cache

from harness.lab import networks
from harness.model.topology import Topology


@cache
def full() -> Topology:
    return networks.topology("full")
