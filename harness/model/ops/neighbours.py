"""Ops on ARP entries, on the kernel's settings for them, and on what is announced."""

from harness.model.ops.base import LOOP, NETWORK, Act, Disturbs, Held, OnNode, Op


class _Neighbours(Op, frozen=True):
    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.nothing  # VRRP uses no ARP cache


class PinNeighbour(_Neighbours, OnNode, Held, frozen=True, tag="pin_neighbour"):
    """A node's ARP entry for `ip` keeps the MAC address that it has now: PERMANENT, no ARP frame changes it.

    Refused if there is no entry with a MAC address, or if it is PERMANENT already. The inverse makes it STALE, if it
    still is what was set.
    """

    undo_rank = 2
    outlives_node = False
    blocks = None

    ip: str


class FlushNeighbours(_Neighbours, OnNode, Act, frozen=True, tag="flush_neighbours"):
    """Act: forget every learnt (never a PERMANENT) neighbour of a node; with `ip`, only that one."""

    ip: str | None = None


class ArpTimeout(_Neighbours, OnNode, Act, frozen=True, tag="arp_timeout"):
    """Act: for how long a node uses an unconfirmed ARP entry before it asks. Not undone: set it anew."""

    timeout_ns: int


class ArpAnnounce(_Neighbours, OnNode, Act, frozen=True, tag="arp_announce"):
    """Act: which address a node names as its own when it asks: 0 that of the packet (a VIP, too), 2 that of the cable.

    net.ipv4.conf.DEVICE.arp_announce of its data ports. Not undone: set it anew.
    """

    level: int


class Announce(_Neighbours, Act, frozen=True, tag="announce"):
    """Act: gratuitous ARP for each VIP of a virtual router from the node that holds it now (RFC 5227 section 3).

    In keepalived's form. Refused if no node holds any. If several do, all send, the one that is listed first last.
    """

    virtual_router: str

    @property
    def place(self) -> str:
        return self.virtual_router

    @property
    def leased(self) -> str:
        return self.virtual_router


NeighbourOp = PinNeighbour | FlushNeighbours | ArpTimeout | ArpAnnounce | Announce
