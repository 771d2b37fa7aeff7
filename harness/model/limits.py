"""The bounds that checks judge by. Each follows from the configuration that ran, and is printed with its formula."""

from collections.abc import Mapping
from typing import Final, Self

import msgspec

from harness.model.errors import UnknownName, UsageError
from harness.model.keepalived import VrrpSettings, parse_keepalived
from harness.model.topology import Pair, Topology
from harness.model.units import ms, s


class Limit(msgspec.Struct, frozen=True):
    """``0.56 s = 3 × advert_int + skew + 0.2 s``."""

    ns: int
    formula: str = ""

    def __str__(self) -> str:
        value = f"{round(self.ns / s, 3):g} s"
        return f"{value} = {self.formula}" if self.formula else value


class PairLimits(msgspec.Struct, frozen=True):
    """Bounds of one pair. `vrrp`: node, in the pair's order → what its keepalived.conf says of the pair's instance."""

    vrrp: dict[str, VrrpSettings]
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
    def master_down_ns(self) -> int:
        """Silence after which the quicker of the standbys takes over: below it, none does."""
        standbys = (settings for settings in self.vrrp.values() if settings.priority == self._lowest)
        return min(heard(standby, self.vrrp[self.preferred]).master_down_ns for standby in standbys)

    @property
    def preempt(self) -> bool:
        """Does the preferred node take the VIP back?"""
        return self.vrrp[self.preferred].preempt

    @property
    def preferred(self) -> str:
        """The node that owns the VIP at rest: the one with the highest priority, of equals the pair's first."""
        return max(self.vrrp, key=lambda node: self.vrrp[node].priority)

    @property
    def takes_back(self) -> str | None:
        """The node that takes the VIP back when it returns; None of equals: only a higher priority pre-empts.

        RFC 5798 section 6.4.3: a master gives way to an equal priority only where the other's address is higher, which
        is how two masters part, and no return.
        """
        highest = [node for node, settings in self.vrrp.items() if settings.priority == self._highest]
        return highest[0] if len(highest) == 1 and self.preempt else None

    @property
    def _highest(self) -> int:
        return max(settings.priority for settings in self.vrrp.values())

    @property
    def _lowest(self) -> int:
        return min(settings.priority for settings in self.vrrp.values())


def heard(standby: VrrpSettings, master: VrrpSettings) -> VrrpSettings:
    """The standby's settings with the interval that it goes by: in VRRPv3 the master's (RFC 5798 section 6.1)."""
    return msgspec.structs.replace(standby, advert_int_ns=master.advert_int_ns) if standby.version == 3 else standby


NAMES: Final = tuple(name for name in PairLimits.__struct_fields__ if name != "vrrp")
"""What an override may name."""


class Limits(msgspec.Struct, frozen=True):
    """Bounds of every pair under one configuration, and of every vantage point."""

    pairs: dict[str, PairLimits]
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
        """From each node's rendered keepalived.conf (`files`: node → text). `overrides`: name → ns, for every pair.

        `included`: node → file → text of what its keepalived.conf may include.

        Raises `UsageError` if a pair's node has no instance with the pair's VRID, `UnknownName` for an override.
        """
        beside = included or {}
        parsed = {node: parse_keepalived(text, node, beside.get(node)) for node, text in files.items()}
        return cls({pair.name: _pair_limits(pair, parsed, overrides or {}) for pair in topology.pairs.values()})

    @property
    def settle_ns(self) -> int:
        """From the heal until the pair must be at rest: the longest of all pairs."""
        return max(pair.settle.ns for pair in self.pairs.values())


def _pair_limits(
    pair: Pair, parsed: Mapping[str, tuple[VrrpSettings, ...]], overrides: Mapping[str, int]
) -> PairLimits:
    vrrp = {node: _instance(node, pair, parsed.get(node, ())) for node in pair.nodes}
    limits = PairLimits(vrrp, **_derived(vrrp))
    for name in overrides:
        if name not in NAMES:
            raise UnknownName("limit", name, NAMES)
    return msgspec.structs.replace(limits, **{name: Limit(ns, "set by hand") for name, ns in overrides.items()})


def _derived(vrrp: Mapping[str, VrrpSettings]) -> dict[str, Limit]:
    advert_int = max(settings.advert_int_ns for settings in vrrp.values())
    takeovers = [heard(a, b) for a in vrrp.values() for b in vrrp.values() if a is not b]
    slowest = max(takeovers, key=lambda settings: settings.master_down_ns)
    back = max(settings.preempt_delay_ns for settings in vrrp.values())
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
        "settle": Limit(
            max(2 * s, slowest.master_down_ns + back + 500 * ms),
            "the longer of 2 s and master-down + preempt_delay + 0.5 s, from the heal",
        ),
    }


def _instance(node: str, pair: Pair, instances: tuple[VrrpSettings, ...]) -> VrrpSettings:
    for settings in instances:
        if settings.vrid == pair.vrid:
            return settings
    raise UsageError(f"keepalived.conf of {node} has no vrrp_instance with virtual_router_id {pair.vrid}.")
