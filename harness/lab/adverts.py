"""Predicts a start in phase with a router's adverts: for plans of more than one agent, and for short phases.

One agent alone can wait for the advert itself, with the kernel's timestamp, if it need not act at once. Two agents must
know the start before it comes; it is predicted from the adverts received so far. The history has the real phase
(`phase_s`).
"""

import math
from collections.abc import Sequence
from typing import Final

import docker

from harness.lab.agent import AgentClient
from harness.lab.agents import open_agent
from harness.lab.feed import Feed
from harness.model.events import AdvertSeen, AnyEvent
from harness.model.ops import Alignment
from harness.model.topology import Topology

HEARD: Final = 3  # adverts: their intervals give the real advert interval of this keepalived
PATIENCE_S: Final = 10.0


def hear(engine: docker.DockerClient, lab: str, topology: Topology, alignment: Alignment) -> list[int]:
    """The instants (ns) of the next `HEARD` adverts in a row. Raises `NotMeasured` if they do not come."""
    ports, heard = [port.name for port in topology.senders(alignment.ports, alignment.vrid)], list[int]()

    def take(event: AnyEvent) -> None:
        if not isinstance(event, AdvertSeen) or not event.inward:
            return
        if event.port in ports and event.vrid == alignment.vrid:
            heard.append(event.t)

    feed = Feed(take)
    eye = AgentClient("eye", open_agent(engine, lab, "eye"), feed.take)
    try:
        eye.subscribe()
        awaited = f"adverts of vrid {alignment.vrid} at {' or '.join(alignment.ports)}"
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
