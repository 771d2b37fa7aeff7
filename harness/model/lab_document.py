"""A topology in the shapes of compose.yaml's x-lab, as `Topology.from_compose` reads them."""

from msgspec import to_builtins

from harness.model.declared_glbp import NEVER
from harness.model.endpoint import EXPECTED
from harness.model.glbp import GlbpGroup
from harness.model.node import Node, Port
from harness.model.ring import Ring
from harness.model.topology import Topology, VantagePoint
from harness.model.units import typeable
from harness.model.virtual_router import Vip, VirtualRouter

Document = dict[str, object]


def lab(topology: Topology) -> Document:
    """The x-lab of the file: everything but the nodes."""
    document: Document = {
        "segments": dict(topology.segments),
        "switches": dict(topology.switches),
        "trunks": {trunk.name: [trunk.a, trunk.b] for trunk in topology.trunks.values()},
        "virtual_routers": {name: _router(router) for name, router in topology.virtual_routers.items()},
        "vantages": {name: _vantage(vantage) for name, vantage in topology.vantages.items()},
    }
    groups = {name: list(routers) for name, routers in topology.groups.items()}
    rings = {name: _ring(ring) for name, ring in topology.rings.items()}
    glbp = {name: _glbp(group) for name, group in topology.glbp.items()}
    optional = {"groups": groups, "rings": rings, "storm_limit": topology.storm_limit, "glbp": glbp}
    return document | {key: value for key, value in optional.items() if value}


def node(given: Node) -> Document:
    """The x-lab of its service, without defaults."""
    document: Document = {"kind": given.kind, "ports": [_port(port) for port in given.ports]}
    if given.routes:
        document["routes"] = [to_builtins(route) for route in given.routes]
    return document | {flag: True for flag in ("sticky_arp", "forwards") if getattr(given, flag)}


def _ring(ring: Ring) -> Document:
    return {"trunks": list(ring.trunks), "alternate": ring.alternate, "age_ms": ring.age_ms}


def _port(port: Port) -> Document:
    document: Document = {"segment": port.segment, "switch": port.switch, "mac": port.mac, "ip": port.ip}
    return document | ({"device": port.named} if port.named else {})


def _router(router: VirtualRouter) -> Document:
    document: Document = {"segment": router.segment, "vrid": router.vrid, "nodes": list(router.nodes)}
    document["vips"] = [_vip(vip, router) for vip in router.vips]
    return document | ({"sync_group": router.sync_group} if router.sync_group else {})


def _glbp(group: GlbpGroup) -> Document:
    preempt = group.forwarder_preempt_ns
    return {
        "segment": group.segment,
        "number": group.number,
        "ip": group.ip,
        "balancing": group.balancing,
        "gateways": {name: to_builtins(gateway) for name, gateway in group.gateways.items()},
        "hello": typeable(group.hello_ns),
        "hold": typeable(group.hold_ns),
        "redirect": typeable(group.redirect_ns),
        "timeout": typeable(group.timeout_ns),
        "forwarder_preempt": NEVER if preempt is None else typeable(preempt),
    }


def _vip(vip: Vip, router: VirtualRouter) -> str | Document:
    address = f"{vip.address}/{vip.prefix}"
    beside: Document = {"segment": vip.segment} if vip.segment != router.segment else {}
    beside |= {"excluded": True} if vip.excluded else {}
    return {"address": address} | beside if beside else address


def _vantage(vantage: VantagePoint) -> Document:
    document: Document = {"virtual_router": vantage.virtual_router, "vip": vantage.vip, "cache": vantage.cache}
    if not vantage.asks:
        return document
    expects: Document = {} if vantage.asks.expect == EXPECTED else {"expects": vantage.asks.expect}
    return document | {"asks": vantage.asks.url} | expects
