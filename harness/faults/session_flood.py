"""More sessions than a balancer may have, held by customers: the first diagnosis of July 22."""

from typing import ClassVar, Final, get_args

from harness.faults.fault import Fault, held, positive
from harness.model.errors import BadValue, UnknownName
from harness.model.ops import Flood, FloodMode, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration

MODES: Final = get_args(FloodMode)
HTTP: Final = 80
MOST_SESSIONS: Final = 60_000  # about the number of source ports from one address to another


class SessionFlood(Fault, frozen=True):
    """`vantage`: the vantage point that it comes from; join several with ``&``. Its target is the VIP that it asks for.

    ``requests``: each session asks again as soon as it may, `rate` a second in all. ``idle``: each asks once, then
    stays open. ``unfinished``: each begins a request that never ends. `ramp`: sessions opened per second. One that the
    balancer closes is opened anew. Where the limit of open files (nofile) is lower, as many sessions as it allows
    are opened, and that number is reported.
    """

    example: ClassVar[str] = "customer-1"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing, unless a track_script asks through the full frontend",
        customers="they wait in the kernel's queue of the balancer: HAProxy's own queue is empty",
    )

    vantage: str
    mode: FloodMode = "requests"
    sessions: int = 2_000
    rate: float = 1_000.0
    ramp: float = 2_000.0
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `UnknownName` for a vantage point or a mode, `BadValue` for a number out of range."""
        if self.vantage not in topology.vantages:
            raise UnknownName("vantage point", self.vantage, topology.vantages)
        if self.mode not in MODES:
            raise UnknownName("mode", self.mode, MODES)
        if not 1 <= self.sessions <= MOST_SESSIONS:
            raise BadValue("sessions", self.sessions, f"a whole number from 1 to {MOST_SESSIONS:,}")
        for name, value in (("rate", self.rate), ("ramp", self.ramp)):
            if not 0 < value <= MOST_SESSIONS:
                raise BadValue(name, value, f"a number per second: more than 0, at most {MOST_SESSIONS:,}")
        vip = topology.vip_of(topology.vantages[self.vantage]).address
        flood = Flood(self.vantage, self.mode, self.sessions, f"{vip}:{HTTP}", self.rate, self.ramp)
        return plan((flood,), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.vantage,)

    def describe(self) -> str:
        asking = f" asking {self.rate:g} times a second" if self.mode == "requests" else f", {self.mode}"
        return f"flood of {self.sessions:,} sessions from {self.vantage}{asking}, {held(self.duration)}"
