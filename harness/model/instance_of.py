"""Which vrrp_instance of a node is a virtual router's, and by which port its adverts leave. Pure."""

from collections.abc import Iterable

from harness.model.errors import UsageError
from harness.model.keepalived import VrrpSettings
from harness.model.topology import Topology
from harness.model.virtual_router import VirtualRouter


def instance_of(
    topology: Topology, router: VirtualRouter, node: str, instances: Iterable[VrrpSettings]
) -> VrrpSettings:
    """As `find_instance`. Raises `UsageError` if there is none."""
    if settings := find_instance(topology, router, node, instances):
        return settings
    raise UsageError(f"keepalived.conf of {node} has no vrrp_instance with virtual_router_id {router.vrid}.")


def find_instance(
    topology: Topology, router: VirtualRouter, node: str, instances: Iterable[VrrpSettings]
) -> VrrpSettings | None:
    """The router's instance on a node: of its VRID, with its first VIP or else on its segment.

    Another segment may have the same VRID, and a heartbeat a segment of its own: an instance on a segment where another
    router has that VRID is that router's. None if there is none.
    """

    def segment(settings: VrrpSettings) -> str:
        return heartbeat_of(topology, router, node, settings).rpartition(".")[2]

    routers = topology.virtual_routers.values()
    taken = {each.segment for each in routers if each.vrid == router.vrid and node in each.nodes}
    ranked = [
        (router.first.address in each.vips, segment(each) == router.segment, each)
        for each in instances
        if each.vrid == router.vrid
    ]
    for has_vip, here, settings in sorted(ranked, key=lambda one: one[:2], reverse=True):
        if has_vip or here or segment(settings) not in taken:
            return settings
    return None


def heartbeat_of(topology: Topology, router: VirtualRouter, node: str, settings: VrrpSettings) -> str:
    """Its `interface`, or where the lab has none of that name, the port on the router's segment."""
    ports = topology.nodes[node].ports if node in topology.nodes else ()
    return next((port.name for port in ports if port.device == settings.interface), f"{node}.{router.segment}")
