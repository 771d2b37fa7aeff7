"""API servers cache tokens for some seconds: the hot query then runs once for each token, not for each request."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation, servers
from harness.model.ops import FeatureSet, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class CacheTokens(Mitigation, frozen=True):
    """On every API and report server, or one; with `enabled` off it is taken back."""

    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers=(
            "the hot query runs once for each token: load of the databases falls, a revoked token works for some time"
        ),
    )

    target: str = "servers"
    enabled: bool = True

    def plan(self, topology: Topology) -> Plan:
        nodes = servers(topology, self.target, "servers", ("api", "report"))
        return plan(FeatureSet(node, "cache_tokens", self.enabled) for node in nodes)

    def describe(self) -> str:
        return f"{'cache' if self.enabled else 'stop caching'} tokens on {self.target}"
