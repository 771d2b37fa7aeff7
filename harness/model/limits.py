"""The bounds that checks judge by. Each follows from the configuration that ran, and is printed with its formula.

The running keepalived tells its settings (`Limits.with_running`). Its files count only where it did not.
"""

from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import Final, Self

import msgspec

from harness.model.errors import UnknownName
from harness.model.instance_of import find_instance, heartbeat_of, instance_of
from harness.model.keepalived import VrrpSettings, parse_keepalived
from harness.model.keepalived_text import MAIN
from harness.model.running_keepalived import RunningKeepalived
from harness.model.running_settings import settings_of
from harness.model.topology import Topology
from harness.model.units import ms, s
from harness.model.virtual_router import VirtualRouter


class Limit(msgspec.Struct, frozen=True):
    """``0.56 s = 3 × advert_int + skew + 0.2 s``."""

    ns: int
    formula: str = ""

    def __str__(self) -> str:
        value = f"{round(self.ns / s, 3):g} s"
        return f"{value} = {self.formula}" if self.formula else value


class RouterLimits(msgspec.Struct, frozen=True):
    """Bounds of one virtual router. `vrrp`: node, in its order → the router's instance on it.

    `heartbeats`: node → the port that its adverts leave by, NODE.SEGMENT.
    """

    vrrp: dict[str, VrrpSettings]
    heartbeats: dict[str, str]
    stale_arp: Limit
    forwarding: Limit
    dual_owner: Limit
    no_owner: Limit
    no_owner_planned: Limit
    announced: Limit
    survivor: Limit
    agreement: Limit
    advert_gap: Limit
    groups: Limit
    can_serve: Limit
    hang: Limit
    settle: Limit

    @property
    def advert_int_ns(self) -> int:
        return max(settings.advert_int_ns for settings in self.vrrp.values())

    @property
    def segments(self) -> frozenset[str]:
        """The segments that the adverts take."""
        return frozenset(port.rpartition(".")[2] for port in self.heartbeats.values())

    @property
    def master_down_ns(self) -> int:
        """Silence after which the quickest standby takes over: after a shorter one, no standby does."""
        standbys = (settings for node, settings in self.vrrp.items() if node != self.preferred)
        return min(heard(standby, self.vrrp[self.preferred]).master_down_ns for standby in standbys)

    @property
    def returns_ns(self) -> int:
        """From an undo until an election is over, preempt_delay apart: that only keeps a node from an election."""
        return _returns(_slowest(self.vrrp).master_down_ns, self.vrrp.values())

    @property
    def preempt(self) -> bool:
        """Does the preferred node take the VIPs back?"""
        return self.vrrp[self.preferred].preempt

    @property
    def preferred(self) -> str:
        """The node that owns the VIPs at rest: the one with the highest effective priority.

        Of equals the first in the list: a choice, so that all trials begin alike. VRRP lets each of them be master.
        """
        return max(self.vrrp, key=lambda node: self.vrrp[node].effective_priority)

    @property
    def takes_back(self) -> str | None:
        """The node that takes the VIPs back when it returns; None of equals: only a higher priority pre-empts.

        RFC 9568 section 6.4.3: a master gives way to an equal priority only if the other's address is higher. That ends
        a state of two masters; a node that returns as backup stays backup.
        """
        ranks = [settings.effective_priority for settings in self.vrrp.values()]
        return self.preferred if ranks.count(max(ranks)) == 1 and self.preempt else None


def heard(standby: VrrpSettings, master: VrrpSettings) -> VrrpSettings:
    """The standby's settings with the interval that it uses: in VRRPv3 the master's (RFC 5798 section 6.1)."""
    return msgspec.structs.replace(standby, advert_int_ns=master.advert_int_ns) if standby.version == 3 else standby


NAMES: Final = tuple(name for name in RouterLimits.__struct_fields__ if name not in {"vrrp", "heartbeats"})
"""What an override may name."""

_BY_HAND: Final = "set by hand"


class Limits(msgspec.Struct, frozen=True):
    """Bounds of every virtual router under one configuration, and of every vantage point."""

    routers: dict[str, RouterLimits]
    steady_share: float = 0.999
    recovered_share: float = 0.99
    advert_tolerance: float = 0.2

    @classmethod
    def derive(
        cls,
        topology: Topology,
        files: Mapping[str, str],
        overrides: Mapping[str, int] | None = None,
        included: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Self:
        """From each node's rendered keepalived.conf (`files`: node → text). `overrides`: name → ns, for every router.

        `included`: node → file → text of what its keepalived.conf may include.

        Raises `UsageError` if a router's node has no instance of that router, `UnknownName` for an override.
        """
        beside = included or {}
        parsed = {node: parse_keepalived(text, node, beside.get(node)) for node, text in files.items()}
        routers = topology.virtual_routers.items()
        return cls({name: _router_limits(topology, router, parsed, overrides or {}) for name, router in routers})

    @classmethod
    def of_files(cls, topology: Topology, files: Mapping[str, Mapping[str, str]]) -> Self:
        """From all that each node gets: node → file (its name, or a path that ends with it) → text. As `derive`."""
        named = {node: {PurePath(file).name: text for file, text in texts.items()} for node, texts in files.items()}
        main = {node: texts[MAIN] for node, texts in named.items() if MAIN in texts}
        beside = {node: {name: text for name, text in named[node].items() if name != MAIN} for node in main}
        return cls.derive(topology, main, included=beside)

    def with_running(self, running: Mapping[str, RunningKeepalived], topology: Topology) -> Self:
        """The same, but for each node of `running` from the settings that its keepalived told, not from its file.

        What was set by hand stays. A node whose keepalived runs no instance of a router keeps the settings of its file.
        """
        if not running:
            return self
        settings = {node: settings_of(told) for node, told in running.items()}
        routers = {
            name: _with_settings(topology, topology.virtual_routers[name], old, settings)
            for name, old in self.routers.items()
        }
        return msgspec.structs.replace(self, routers=routers)

    @property
    def returns_ns(self) -> int:
        """From an undo until each election is over (`RouterLimits.returns_ns`)."""
        return max(router.returns_ns for router in self.routers.values())

    @property
    def settle_ns(self) -> int:
        """From the heal until all must be at rest: the longest of all routers."""
        return max(router.settle.ns for router in self.routers.values())


def _router_limits(
    topology: Topology,
    router: VirtualRouter,
    parsed: Mapping[str, tuple[VrrpSettings, ...]],
    overrides: Mapping[str, int],
) -> RouterLimits:
    vrrp = {node: instance_of(topology, router, node, parsed.get(node, ())) for node in router.nodes}
    heartbeats = {node: heartbeat_of(topology, router, node, settings) for node, settings in vrrp.items()}
    limits = RouterLimits(vrrp, heartbeats, **bounds_of(vrrp))
    for name in overrides:
        if name not in NAMES:
            raise UnknownName("limit", name, NAMES)
    return msgspec.structs.replace(limits, **{name: Limit(ns, _BY_HAND) for name, ns in overrides.items()})


def _with_settings(
    topology: Topology, router: VirtualRouter, old: RouterLimits, told: Mapping[str, tuple[VrrpSettings, ...]]
) -> RouterLimits:
    found = {node: find_instance(topology, router, node, told[node]) for node in router.nodes if node in told}
    vrrp = old.vrrp | {node: _with_texts(settings, old.vrrp[node]) for node, settings in found.items() if settings}
    heartbeats = {node: heartbeat_of(topology, router, node, settings) for node, settings in vrrp.items()}
    by_hand = {name: limit for name in NAMES if (limit := getattr(old, name)).formula == _BY_HAND}
    return msgspec.structs.replace(old, vrrp=vrrp, heartbeats=heartbeats, **(bounds_of(vrrp) | by_hand))


def _with_texts(told: VrrpSettings, written: VrrpSettings) -> VrrpSettings:
    """A running keepalived names the file that a check runs; the node's files have what it holds."""
    texts = {check.name: check.text for check in written.checks}
    checks = (msgspec.structs.replace(check, text=texts.get(check.name, check.text)) for check in told.checks)
    return msgspec.structs.replace(told, checks=tuple(checks))


def bounds_of(vrrp: Mapping[str, VrrpSettings]) -> dict[str, Limit]:
    """Name of a bound in `RouterLimits` → the bound, by the settings of all nodes of a router: two at least."""
    advert_int = max(settings.advert_int_ns for settings in vrrp.values())
    slowest = _slowest(vrrp)
    return {
        "stale_arp": Limit(500 * ms, "0.5 s after the first gratuitous ARP"),
        "forwarding": Limit(500 * ms, "0.5 s after the first gratuitous ARP"),
        "dual_owner": Limit(2 * advert_int + 50 * ms, "2 × advert_int + 50 ms, from the heal"),
        "no_owner": Limit(
            slowest.master_down_ns + 200 * ms,
            f"{slowest.down_timer_adverts} × advert_int + skew + 0.2 s at priority {slowest.priority}",
        ),
        "no_owner_planned": Limit(slowest.skew_ns + 200 * ms, f"skew + 0.2 s at priority {slowest.priority}"),
        "announced": Limit(100 * ms),
        "survivor": Limit(500 * ms, "0.5 s from the heal"),
        "agreement": Limit(500 * ms),
        "advert_gap": Limit(2 * advert_int, "2 × advert_int"),
        "groups": Limit(1 * s),
        "can_serve": Limit(1 * s),
        "hang": Limit(5 * s),
        "settle": _settle(slowest.master_down_ns, vrrp.values()),
    }


def _slowest(vrrp: Mapping[str, VrrpSettings]) -> VrrpSettings:
    """The standby that waits longest, whichever node it hears."""
    takeovers = [heard(a, b) for a in vrrp.values() for b in vrrp.values() if a is not b]
    return max(takeovers, key=lambda settings: settings.master_down_ns)


def _settle(master_down_ns: int, every: Collection[VrrpSettings]) -> Limit:
    back = max(each.preempt_delay_ns for each in every)
    names = " + ".join(
        ["master-down", "preempt_delay", *(name for name, ns in _coming_back(every).items() if ns), "0.5 s"]
    )
    return Limit(max(2 * s, _returns(master_down_ns, every) + back), f"the longer of 2 s and {names}, from the heal")


def _returns(master_down_ns: int, every: Collection[VrrpSettings]) -> int:
    return master_down_ns + sum(_coming_back(every).values()) + 500 * ms


def _coming_back(every: Collection[VrrpSettings]) -> dict[str, int]:
    """What passes before a node that comes back takes part in an election, in ns."""
    return {
        "startup_delay": max(each.startup_delay_ns for each in every),
        "rise × interval of the slowest check": max(
            (check.recovers_ns for each in every for check in each.checks), default=0
        ),
    }
