"""Ops on a node's addresses."""

from harness.model.ops.base import LOOP, NETWORK, Act, Disturbs, Held, OnNode


class AddressGone(OnNode, Held, frozen=True, tag="address_gone"):
    """A node's own address (not a VIP) is deleted; the inverse adds it where it was.

    With it go the routes that need it. keepalived sees it, as an interface without an address cannot send adverts.
    """

    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.openly
    undo_rank = 3
    outlives_node = False  # its cables are configured anew
    blocks = None

    ip: str


class AddressTaken(OnNode, Held, frozen=True, tag="address_taken"):
    """A node has an address that belongs to others, and answers ARP for it; the inverse deletes it.

    `segment`: the cable that gets it, with a prefix of 32 bits: no route changes. Refused if the node has it already.
    """

    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.nothing  # VRRP uses no ARP
    undo_rank = 3
    outlives_node = False  # its cables go with it
    blocks = None

    ip: str
    segment: str


class DeleteAddress(OnNode, Act, frozen=True, tag="delete_address"):
    """Act: an address is deleted from a node, as ``ip address del`` does. An error if the node does not have it."""

    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.openly

    ip: str


class AddressKeptAway(OnNode, Held, frozen=True, tag="address_kept_away"):
    """A VIP is deleted from a node now, and each `interval_ns` again if it is there; the inverse ends that.

    What keepalived does about it is its own affair: the inverse adds no address.
    """

    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.openly
    undo_rank = 0
    outlives_node = False
    blocks = None

    ip: str
    interval_ns: int


class ForgetKernel(OnNode, Act, frozen=True, tag="forget_kernel"):
    """Act: what a node's kernel would not know after a start: addresses that are not its own, virtual devices, ARP."""

    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.openly


AddressOp = AddressGone | AddressTaken | AddressKeptAway | DeleteAddress | ForgetKernel
