"""A firmware upgrade of a fabric interconnect, as on June 13: all that is behind it is cut off for a moment."""

import random
from typing import ClassVar, Final, Literal

from harness.faults.fault import Fault, crossings, ports_of
from harness.model.errors import BadValue
from harness.model.ops import Drop, LinkDown, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import DAY, Duration, DurationOrZero, format_duration, ms, s

Carrier = Literal["kept", "lost"]
_LEAST: Final = 1 * ms
_MOST: Final = DAY // 6  # two cuts with jitter, and the pause between them, are within a day


class FirmwareUpgrade(Fault, frozen=True):
    """`target`: the uplink of an interconnect (a trunk), or what is behind it (a node, NODE.SEGMENT).

    `second`: the other interconnect, `pause` after the first is back, as an upgrade of both is done. Each cut lasts
    `duration`, up to `jitter` longer or shorter; `seed` draws it. `carrier`: of the virtual machines, which keep it as
    a rule, since their hypervisor's switch stays up; ``lost`` is for a node or NODE.SEGMENT.
    """

    example: ClassVar[str] = "trunk"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay while frames are lost; after it, some may keep the backup, which had announced itself",
        keepalived="as a cut that heals by itself: a backup that hears no advert becomes MASTER, and may give up again",
        customers="time-outs for the moment; those whose cache keeps the wrong balancer stay dark",
    )

    target: str
    second: str | None = None
    duration: Duration = 800 * ms
    jitter: DurationOrZero = 0
    pause: Duration = 5 * s
    seed: int = 0
    carrier: Carrier = "kept"

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for times that cannot be, `UnknownName` for a target that is not there."""
        for name in ("duration", "pause"):
            if not _LEAST <= getattr(self, name) <= _MOST:
                raise BadValue(name, getattr(self, name), "from 1 ms to 4 hours, in nanoseconds")
        if not 0 <= self.jitter <= self.duration - _LEAST:
            raise BadValue("jitter", format_duration(self.jitter), f"less than {format_duration(self.duration)}")
        if self.second == self.target:
            raise BadValue("second", self.second, f"another interconnect than {self.target}")
        first, *rest = (self._cut(topology, target, lasting) for target, lasting in self.cuts())
        for other in rest:
            first &= other.later((first.ends_ns or 0) + self.pause)
        return first

    def cuts(self) -> tuple[tuple[str, int], ...]:
        """(target, how long it is cut, in ns), in order. The same seed gives the same times."""
        chance = random.Random(self.seed)  # noqa: S311
        every = (self.target,) if self.second is None else (self.target, self.second)
        return tuple((target, self.duration + chance.randint(-self.jitter, self.jitter)) for target in every)

    def targets(self) -> tuple[str, ...]:
        return tuple(target for target, _ in self.cuts())

    def describe(self) -> str:
        cuts = " and then ".join(f"{target} cut for {format_duration(lasting)}" for target, lasting in self.cuts())
        return f"firmware upgrade: {cuts}, carrier {self.carrier}"

    def _cut(self, topology: Topology, target: str, lasting: int) -> Plan:
        if self.carrier == "kept":
            return plan((Drop(port, side) for port, side in crossings(topology, target, "both")), lasting)
        if target in topology.trunks:
            raise BadValue("carrier", self.carrier, f"kept: {target} is a trunk, and no virtual machine ends at it")
        return plan((LinkDown(port) for port in ports_of(topology, target)), lasting)
