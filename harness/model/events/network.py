"""What a kernel's network did: addresses, ARP entries, links, routes, forwarding tables, counters."""

from harness.model.events.base import Event


class AddressChanged(Event, frozen=True, tag="address"):
    node: str
    ip: str
    device: str
    present: bool


class NeighbourChanged(Event, frozen=True, tag="neighbour"):
    """An entry of a node's ARP cache. `mac` None: incomplete, failed or deleted. `state`: NUD_* bits."""

    node: str
    ip: str
    mac: str | None
    state: int


class LinkChanged(Event, frozen=True, tag="link"):
    node: str
    device: str
    up: bool
    carrier: bool


class RouteChanged(Event, frozen=True, tag="route"):
    """`to`: CIDR or ``default``; a default route over a management `device` must never appear."""

    node: str
    to: str
    present: bool
    device: str = ""


class FdbChanged(Event, frozen=True, tag="fdb"):
    """A switch learnt the port of a MAC address, or forgot it (`port` None)."""

    switch: str
    mac: str
    port: str | None


class InterfaceCounted(Event, frozen=True, tag="counters"):
    """A node's IP counters, for standby_silent and ip_forward: from /proc/net/snmp and sysctl, of the node."""

    node: str
    forwarded: int
    forwarding: bool


NetworkEvent = AddressChanged | NeighbourChanged | LinkChanged | RouteChanged | FdbChanged | InterfaceCounted
