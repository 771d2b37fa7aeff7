"""Ops on a switch's forwarding table, and on which switch a card is pinned to."""

from harness.model.ops.base import LOOP, NETWORK, Act, Disturbs, Held, OnPort, OnSwitch, Op


class _Forwarding(Op, frozen=True):
    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.nothing  # a switch that does not know an address floods: adverts arrive


class PinMac(_Forwarding, OnPort, Act, frozen=True, tag="pin_mac"):
    """Act: the switch keeps a MAC address at this port, also if its frames come in at another (port security)."""

    mac: str
    pinned: bool  # False: no longer


class FlushFdb(_Forwarding, OnSwitch, Act, frozen=True, tag="flush_fdb"):
    """Act: forget every learnt MAC address of a switch."""


class AnnounceCard(_Forwarding, OnPort, Act, frozen=True, tag="announce_card"):
    """Act: the switch that a card is pinned to sends gratuitous ARP on its behalf, by each of its trunks.

    It knows the card's MAC address and no IP address: 0.0.0.0. Switches learn from it; no ARP cache does.
    """


class Repin(OnPort, Held, frozen=True, tag="repin"):
    """A node's card is pinned to another switch of its segment; the inverse pins it to its own again.

    The node's carrier stays, so its kernel notices nothing. Other switches lead to the old place until they learn.
    """

    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.frames  # adverts are multicast, which is flooded; unicast peers may be cut off
    undo_rank = 0
    outlives_node = False  # its cables are made anew, at the switches that the topology names
    blocks = None

    to: str


SwitchOp = PinMac | FlushFdb | AnnounceCard | Repin
