"""What a lab of one's own must keep to, so that kernel, containers and network can run it: a sentence a mistake. Pure.

A lab that shall be generated is refused with all of them at once (`harness.model.lab_file`).
"""

from collections.abc import Iterator
from itertools import chain

from harness.model.rules import addresses, names, routing, switching
from harness.model.topology import Topology


def problems(topology: Topology) -> list[str]:
    """Each names the bad value and the valid ones. Names first: what is not there has no address to be wrong."""
    named = list(names.problems(topology))
    return named or list(chain.from_iterable(_beside(topology)))


def _beside(topology: Topology) -> Iterator[Iterator[str]]:
    yield switching.problems(topology)
    yield addresses.problems(topology)
    yield routing.problems(topology)
