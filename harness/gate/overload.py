"""A frontend as full as it may be, held by a customer: the addresses must stay, and service must come back after it.

A check that asks through the full frontend takes a busy node for a dead one, and the load follows the addresses.
"""

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from harness.faults.fault import Fault, held
from harness.gate.battery import AFTER_NS, GateTest, Target, allowed
from harness.gate.place import Asked
from harness.lint import Pair
from harness.model.limits import Limit
from harness.model.ops import Flood, Plan, plan
from harness.model.topology import Topology
from harness.model.units import Duration, s
from harness.site.haproxy import Haproxy
from harness.site.haproxy_bind import binds
from harness.site.haproxy_limit import bind_limit, frontend_limit, process_limit
from harness.site.haproxy_section import HaproxySection

NAME: Final = "overload"
_MOST: Final = 8_000  # sessions: two cores and one customer's ports hold as many, in 4 s
_MORE: Final = 100  # than the limit: they wait in the kernel, as customers then do
_RAMP_HZ: Final = 2_000.0
_NOTICED_NS: Final = 4 * s  # more than the check needs: one that hangs is ended by its own time-out
_LEAST_NS: Final = 6 * s
_FREED: Final = Limit(5 * s, "5 s to close the sessions")
_PORTS: Final = {"http": 80, "tcp": 0}


class Overload(Fault, frozen=True):
    """`vantage` begins `sessions` requests at `target` (HOST:PORT) that never end."""

    vantage: str
    target: str
    sessions: int
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:  # noqa: ARG002 - of every fault
        flood = Flood(self.vantage, "unfinished", self.sessions, self.target, _RAMP_HZ, _RAMP_HZ)
        return plan((flood,), self.duration)

    def targets(self) -> tuple[str, ...]:
        return (self.vantage,)

    def describe(self) -> str:
        return f"{self.sessions:,} unfinished requests from {self.vantage} to {self.target}, {held(self.duration)}"


class _Full(NamedTuple):
    """`why`: it cannot be filled; "" if it can."""

    sessions: int
    port: int
    why: str = ""


def overload(pair: Pair, target: Target, asked: Asked, vantage: str, most: int | None) -> GateTest | str:
    """The test, or why there is none. It does not decide: on a slow machine the load itself is late.

    `most`: connections of the victim's HAProxy, if the engine grants it too few open files.
    """
    full = _full(pair, asked, most)
    if full.why:
        return full.why
    noticed = target.haproxy_dead.ns if target.haproxy_dead else 0
    for_ns = max(_LEAST_NS, full.sessions * s // round(_RAMP_HZ) + noticed + _NOTICED_NS)
    fault = Overload(vantage, f"{asked.vip}:{full.port}", full.sessions + _MORE, for_ns)
    bound = allowed(_FREED)
    about = f"{full.sessions:,} sessions fill the frontend for {for_ns / s:.1f} s"
    watch = bound.ns + AFTER_NS
    return GateTest(NAME, about, fault, "overload", bound, watch, for_ns, decides=False, quick=False)


def _full(pair: Pair, asked: Asked, most: int | None) -> _Full:
    parts = urlsplit(asked.asks)
    if parts.scheme not in _PORTS:
        return _Full(0, 0, "requests over TLS that never end cannot be held here")
    port = parts.port or _PORTS[parts.scheme]
    node = next(router.preferred.node for router in pair.routers if asked.vip in router.preferred.addresses)
    frontend = _frontend(node.haproxy, asked.vip, port)
    if frontend is None:
        return _Full(0, port, f"no frontend of haproxy.cfg listens at {asked.vip}:{port}")
    limits = [each.sessions for each in (frontend_limit(frontend), process_limit(node.haproxy)) if each]
    limits += [most] if most else []
    if not limits or bind_limit(frontend, (port,)):
        return _Full(0, port, "the limit of its sessions is not a frontend's own")
    return _Full(min(limits), port, "" if min(limits) <= _MOST else f"more than {_MOST:,} sessions cannot be held here")


def _frontend(haproxy: Haproxy, vip: str, port: int) -> HaproxySection | None:
    found = (
        frontend
        for frontend in haproxy.frontends
        for bind in binds(frontend)
        if bind.covers(vip) and bind.address.has(port)
    )
    return next(found, None)
