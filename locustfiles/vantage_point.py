"""This worker's vantage point in the topology, and the numbers of the nodes that may answer its requests."""

import os
from pathlib import Path
from typing import NamedTuple, Self

from harness.model import handed_topology
from harness.model.endpoint import Endpoint
from harness.model.errors import UnknownName
from harness.model.topology import Topology

COMPOSE = "/opt/harness/compose/compose.yaml"
HTTP = 80


def read_topology() -> Topology:
    """As the harness handed it over, or from the file that ``HARNESS_COMPOSE`` names and the overlays beside it."""
    return handed_topology.read(Path(os.environ.get("HARNESS_COMPOSE", COMPOSE)).parent)


class VantagePoint(NamedTuple):
    """`balancers` and `apis`: lower-case name in a response header → number in records."""

    name: str
    number: int
    target: tuple[str, int]
    balancers: dict[bytes, int]
    apis: dict[bytes, int]
    asks: Endpoint | None = None  # None: what each stream asks of the lab's own API

    @property
    def host(self) -> str:
        """Of the Host header."""
        return self.asks.host if self.asks else self.target[0]

    @classmethod
    def of(cls, topology: Topology, node: str) -> Self:
        """Raises `UnknownName` if `node` is not a vantage point."""
        if node not in topology.vantages:
            raise UnknownName("vantage point", node, topology.vantages)
        vantage = topology.vantages[node]
        return cls(
            name=node,
            number=topology.vantage_numbers[node],
            target=(topology.vip_of(vantage).address, vantage.asks.port if vantage.asks else HTTP),
            balancers=_by_header(topology.numbers("balancer")),
            apis=_by_header(topology.numbers("api")),
            asks=vantage.asks,
        )


def _by_header(numbers: dict[str, int]) -> dict[bytes, int]:
    return {name.lower().encode(): number for name, number in numbers.items()}
