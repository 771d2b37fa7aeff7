"""Ops on a node's network cards."""

import re

from harness.model.ops.base import NETWORK, Blocked, Disturbs, Held, OnPort


class _Card(OnPort, Held, frozen=True):
    """Port: NODE.SEGMENT."""

    agent = NETWORK
    disturbs = Disturbs.openly
    undo_rank = 3
    outlives_node = False  # its cables are made anew, with the cards that the topology names

    @property
    def lane(self) -> str:
        """A kernel may need tens of milliseconds to move a card from one namespace to another."""
        return f"cards of {self.place}"


class CardGone(_Card, frozen=True, tag="card_gone"):
    """A node has a card no longer, nor its addresses and routes; the inverse plugs it in and configures it."""

    @property
    def blocks(self) -> Blocked:
        return Blocked(self.port, None)


class MacChanged(_Card, frozen=True, tag="mac_changed"):
    """A node's card has another MAC address, also if it is gone just now; the inverse gives it its own again."""

    blocks = None

    mac: str


CARD_MAC = re.compile(r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}")
"""A MAC address of one card: the lowest bit of the first byte is that of a group."""

CardOp = CardGone | MacChanged
