"""A start in phase with a pair's adverts, named in advance: for plans of more than one agent, and for short phases.

One agent alone can wait for the advert itself, with the kernel's timestamp, if it need not act at once. Two need a
start that both can be told before it comes; it is foreseen from the adverts heard so far. What phase it was in truth,
the history says (`phase_s`).
"""

import math
from collections.abc import Sequence
from typing import Final

import docker

from harness.lab.agent import AgentClient
from harness.lab.agents import open_agent
from harness.lab.feed import Feed
from harness.model.errors import BadValue
from harness.model.events import AdvertSeen, AnyEvent
from harness.model.ops import Alignment
from harness.model.topology import Topology

HEARD: Final = 3  # adverts: their intervals say how fast this keepalived really sends
PATIENCE_S: Final = 10.0


def hear(engine: docker.DockerClient, lab: str, topology: Topology, alignment: Alignment) -> list[int]:
    """The instants (ns) of the next `HEARD` adverts in a row. Raises `NotMeasured` if they do not come."""
    port, heard = _port(topology, alignment), list[int]()

    def take(event: AnyEvent) -> None:
        if isinstance(event, AdvertSeen) and (event.port, event.vrid, event.inward) == (port, alignment.vrid, True):
            heard.append(event.t)

    feed = Feed(take)
    eye = AgentClient("eye", open_agent(engine, lab, "eye"), feed.take)
    try:
        eye.subscribe()
        awaited = f"adverts of vrid {alignment.vrid} from {alignment.node}"
        feed.wait(awaited, lambda: "" if len(heard) >= HEARD else f"{len(heard)} of {HEARD}", PATIENCE_S)
    finally:
        eye.close()
    return feed.read(heard.copy)


def start_after(heard: Sequence[int], alignment: Alignment, earliest: int) -> int:
    """The first instant in phase that is not before `earliest`, after `skip` further adverts at least."""
    interval = (heard[-1] - heard[0]) / (len(heard) - 1)
    in_phase = heard[-1] + alignment.phase_ns
    ahead = max(alignment.skip + 1, math.ceil((earliest - in_phase) / interval))
    return in_phase + round(ahead * interval)


def _port(topology: Topology, alignment: Alignment) -> str:
    pair = next((p for p in topology.pairs.values() if p.vrid == alignment.vrid), None)
    if pair is None or alignment.node not in pair.nodes:
        raise BadValue("alignment", f"{alignment.node}, vrid {alignment.vrid}", "a node of the pair with that VRID")
    return topology.node(alignment.node).port(pair.segment).name
