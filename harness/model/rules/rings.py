"""Rings: their trunks, the port that is blocked, the age timer; and the storm guard's limit."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from harness.model.ring import Ring
from harness.model.topology import Topology

AGES_MS: Final = (120, 10_000)
"""IOS: `rep lsl-age-timer` takes 120 to 10,000 ms."""
LIMITS: Final = (50, 100_000)


def problems(topology: Topology) -> Iterator[str]:
    for ring in topology.rings.values():
        missing = [trunk for trunk in ring.trunks if trunk not in topology.trunks]
        if missing:
            valid = ", ".join(topology.trunks) or "none"
            yield f"the ring {ring.name} has the trunks {', '.join(missing)}: valid are {valid}"
        else:
            yield from _shape(ring, topology)
    yield from _shared(topology)
    if topology.storm_limit and not LIMITS[0] <= topology.storm_limit <= LIMITS[1]:
        yield f"storm_limit is {topology.storm_limit}: valid are {LIMITS[0]} to {LIMITS[1]} frames/s, or 0 for none"


def _shape(ring: Ring, topology: Topology) -> Iterator[str]:
    trunks = [topology.trunks[name] for name in ring.trunks]
    ends = [end for trunk in trunks for end in (trunk.end_a, trunk.end_b)]
    if ring.alternate not in ends:
        yield f"the alternate of the ring {ring.name} is {ring.alternate!r}: valid are {', '.join(ends)}"
    if not AGES_MS[0] <= ring.age_ms <= AGES_MS[1]:
        yield f"age_ms of the ring {ring.name} is {ring.age_ms}: valid are {AGES_MS[0]} to {AGES_MS[1]}"
    if not _is_closed(ring, topology):
        yield f"the trunks of the ring {ring.name} are no ring: each switch must have two of them, and all be joined"


def _is_closed(ring: Ring, topology: Topology) -> bool:
    """One circle of two switches or more."""
    pairs = [(topology.trunks[name].a, topology.trunks[name].b) for name in dict.fromkeys(ring.trunks)]
    degrees = Counter(switch for pair in pairs for switch in pair)
    reached, open_pairs = {pairs[0][0]} if pairs else set(), list(pairs)
    while touching := [pair for pair in open_pairs if reached.intersection(pair)]:
        reached.update(switch for pair in touching for switch in pair)
        open_pairs = [pair for pair in open_pairs if pair not in touching]
    return len(pairs) == len(ring.trunks) >= 2 and set(degrees.values()) == {2} and not open_pairs


def _shared(topology: Topology) -> Iterator[str]:
    """A switch decides for two ports of one ring: a trunk in two rings would have two masters."""
    counted = Counter(trunk for ring in topology.rings.values() for trunk in ring.trunks)
    yield from (f"the trunk {trunk} is in two rings: valid is one" for trunk, times in counted.items() if times > 1)
