"""Rules for a site's own lab, so that kernel, containers and network can run it: one sentence per mistake. Pure.

A topology's file is refused with all sentences at once (`harness.model.lab_file`).
"""

from collections.abc import Iterator
from itertools import chain

from harness.model.rules import addresses, glbp, names, rings, routing, switching
from harness.model.topology import Topology


def problems(topology: Topology) -> list[str]:
    """Each names the bad value and the valid ones. If a name is wrong, only names are judged."""
    named = list(names.problems(topology))
    return named or list(chain.from_iterable(_beside(topology)))


def _beside(topology: Topology) -> Iterator[Iterator[str]]:
    yield rings.problems(topology)
    yield switching.problems(topology)
    yield addresses.problems(topology)
    yield routing.problems(topology)
    yield glbp.problems(topology)
