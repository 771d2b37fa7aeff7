"""How compose.yaml spells the lab, before it is a `Topology`: the shapes of `harness.model.topology` alone."""

import msgspec

from harness.model.glbp import Balancing, GlbpGateway


class PortShape(msgspec.Struct, frozen=True):
    segment: str
    switch: str
    mac: str
    ip: str
    device: str = ""


class RouteShape(msgspec.Struct, frozen=True):
    to: str
    via: str


class NodeShape(msgspec.Struct, frozen=True):
    kind: str
    ports: list[PortShape] = []
    routes: list[RouteShape] = []
    sticky_arp: bool = False
    forwards: bool = False


class VipShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Or only its address. Without a prefix length it has the segment's; without a segment it is on the router's."""

    address: str
    segment: str = ""
    excluded: bool = False


class RouterShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    segment: str
    vrid: int
    vips: list[str | VipShape]
    nodes: tuple[str, ...]
    sync_group: str = ""


class VantageShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    virtual_router: str
    cache: str
    vip: str = ""
    asks: str | None = None  # as harness.model.endpoint reads it; None: the API of the lab itself, by HTTP at port 80
    expects: int | None = None


class GlbpShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Times as people write them: ``3s``. `forwarder_preempt`: or ``never``."""

    segment: str
    number: int
    ip: str
    gateways: dict[str, GlbpGateway]
    balancing: Balancing = "round-robin"
    hello: str = "3s"
    hold: str = "10s"
    redirect: str = "600s"
    timeout: str = "14400s"
    forwarder_preempt: str = "30s"


class RingShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    trunks: tuple[str, ...]
    alternate: str
    age_ms: int = 5000  # IOS: `rep lsl-age-timer`, default 5000


class LabShape(msgspec.Struct, frozen=True):
    segments: dict[str, str]
    switches: dict[str, str]
    virtual_routers: dict[str, RouterShape]
    vantages: dict[str, VantageShape]
    trunks: dict[str, tuple[str, str]] = {}
    rings: dict[str, RingShape] = {}
    storm_limit: int = 0
    groups: dict[str, tuple[str, ...]] = {}
    glbp: dict[str, GlbpShape] = {}


class ServiceShape(msgspec.Struct, frozen=True):
    lab: NodeShape | None = msgspec.field(name="x-lab", default=None)


class ComposeShape(msgspec.Struct, frozen=True):
    services: dict[str, ServiceShape]
    lab: LabShape = msgspec.field(name="x-lab")
