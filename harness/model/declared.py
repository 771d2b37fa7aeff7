"""The virtual routers that compose.yaml names, and what is wrong with them. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address

from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.lab_shapes import LabShape, RouterShape, VipShape
from harness.model.virtual_router import Vip, VirtualRouter


def virtual_routers(lab: LabShape, nodes: Collection[str]) -> dict[str, VirtualRouter]:
    """By name. `nodes`: those of the lab. Raises `UsageError` for what VRRP cannot run, or a name that is not there."""
    found = {name: _router(name, shape, lab.segments) for name, shape in lab.virtual_routers.items()}
    for router in found.values():
        for node in router.nodes:
            if node not in nodes:
                raise UnknownName(f"node of the virtual router {router.name}", node, nodes)
    for clash in _clashes(found):
        raise UsageError(f"compose.yaml: {clash}.")
    return found


def groups(lab: LabShape) -> dict[str, tuple[str, ...]]:
    """Raises `UnknownName` for a member that is no virtual router, `UsageError` for members of unequal size."""
    for name, members in lab.groups.items():
        for member in members:
            if member not in lab.virtual_routers:
                raise UnknownName("virtual router", member, lab.virtual_routers)
        if len({len(lab.virtual_routers[member].nodes) for member in members}) > 1:
            raise UsageError(f"compose.yaml: the routers of the group {name} must have as many nodes each: one a side.")
    return dict(lab.groups)


def _router(name: str, shape: RouterShape, segments: Mapping[str, str]) -> VirtualRouter:
    if name.split() != [name]:
        raise BadValue("virtual router", name, "a name without spaces: ROUTER VIP names one VIP of several")
    if shape.segment not in segments:
        raise UnknownName(f"segment of the virtual router {name}", shape.segment, segments)
    if not 1 <= shape.vrid <= 255:
        raise BadValue(f"vrid of the virtual router {name}", shape.vrid, "a number from 1 to 255")
    if len(shape.nodes) < 2 or len(set(shape.nodes)) < len(shape.nodes):
        raise BadValue(f"nodes of the virtual router {name}", shape.nodes, "two or more, each once")
    vips = tuple(_vip(vip, shape, segments) for vip in shape.vips)
    if not vips or vips[0].excluded:
        raise BadValue(f"vips of the virtual router {name}", shape.vips, "one or more, the first of them not excluded")
    return VirtualRouter(name, shape.segment, shape.vrid, shape.nodes, vips, shape.sync_group)


def _vip(written: str | VipShape, router: RouterShape, segments: Mapping[str, str]) -> Vip:
    shape = VipShape(written) if isinstance(written, str) else written
    segment = shape.segment or router.segment
    if segment not in segments:
        raise UnknownName(f"segment of the VIP {shape.address}", segment, segments)
    address, _, prefix = shape.address.partition("/")
    try:
        IPv4Address(address)
        length = int(prefix or segments[segment].partition("/")[2])
    except (AddressValueError, ValueError):
        raise BadValue("VIP", shape.address, "an IPv4 address, with a prefix length or without") from None
    return Vip(address, length, segment, shape.excluded)


def _clashes(routers: Mapping[str, VirtualRouter]) -> Iterator[str]:
    """A VRID twice on one segment, an address twice on one node, or on one segment."""
    vrids = Counter((router.segment, router.vrid) for router in routers.values())
    yield from (
        f"two virtual routers of {segment} have the VRID {vrid}" for (segment, vrid), n in vrids.items() if n > 1
    )
    vips = [(router, vip) for router in routers.values() for vip in router.vips]
    places = Counter((vip.segment, vip.address) for _, vip in vips)
    yield from (
        f"two VIPs of {segment} have the address {address}" for (segment, address), n in places.items() if n > 1
    )
    held = Counter((node, vip.address) for router, vip in vips for node in router.nodes)
    yield from (f"two VIPs of {node} have the address {address}" for (node, address), n in held.items() if n > 1)
