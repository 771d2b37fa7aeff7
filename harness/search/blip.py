"""Blips as a firmware upgrade makes them: a trunk is silent for a moment, and its two ways may return apart."""

import random
from collections.abc import Iterator

import msgspec

from harness.model.errors import BadValue
from harness.model.topology import Topology
from harness.model.units import Duration, DurationOrZero, format_duration, ms, s
from harness.model.virtual_router import VirtualRouter
from harness.search.schedule import Act, Schedule


class Blip(msgspec.Struct, frozen=True):
    """Silent for up to `longest`, evenly spread, in any phase. A share `apart` of them ends one way first.

    `late`: by how much the other way is late then, at most. `trunk`: which; without it the first of the router's own.
    """

    longest: Duration = 1 * s
    late: DurationOrZero = 250 * ms
    apart: float = 0.5
    trunk: str = ""

    def describe(self) -> str:
        late = f"; in {self.apart:.0%} one way returns up to {format_duration(self.late)} before the other"
        return f"{self.trunk} silent for 0 to {format_duration(self.longest)}{late if self.apart else ''}"


def on_trunk(blip: Blip, topology: Topology, router: VirtualRouter) -> Blip:
    """The same, with its trunk. Raises `BadValue` for one that does not carry the router's adverts, or if none does."""
    valid = [trunk.name for trunk in topology.trunks.values() if topology.switches[trunk.a] == router.segment]
    chosen = blip.trunk or next(iter(valid), "")
    if chosen not in valid:
        told = ", ".join(valid) or "none: both nodes are on one switch"
        raise BadValue("trunk", chosen, f"a trunk of the segment {router.segment}: {told}")
    if not 0 <= blip.apart <= 1:
        raise BadValue("apart", blip.apart, "a share from 0 to 1")
    return msgspec.structs.replace(blip, trunk=chosen)


def blips(blip: Blip, advert_int_ns: int, seed: int) -> Iterator[Schedule]:
    """Without an end."""
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    ways = [f"blackhole {blip.trunk} --direction {way}" for way in ("a-to-b", "b-to-a")]
    while True:
        first, last = draw.sample(ways, 2)
        lasts = draw.randint(1, blip.longest)
        earlier = draw.randint(0, blip.late) if draw.random() < blip.apart else 0
        acts = (Act(first, 0, max(1, lasts - earlier)), Act(last, 0, lasts))
        yield Schedule(acts, draw.randrange(advert_int_ns))
