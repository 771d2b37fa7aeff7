"""The op that sends adverts."""

from typing import Literal

from harness.model.ops.base import LOOP, NETWORK, Disturbs, Held, OnNode

VrrpVersion = Literal[2, 3]


class SpeakVrrp(OnNode, Held, frozen=True, tag="speak_vrrp"):
    """A node sends adverts of a virtual router that it does not have, on a segment, one each `interval_ns`.

    From its own MAC and IP address; `ip`: the VIP that the adverts name. The inverse ends them, without priority 0.
    """

    agent = NETWORK
    lane = LOOP
    disturbs = Disturbs.openly  # each node of the segment hears them
    undo_rank = 0
    outlives_node = False
    blocks = None

    @property
    def place(self) -> str:
        """The segment, on which each node hears it. It ends when it is undone, not with its node."""
        return self.segment

    segment: str
    vrid: int
    priority: int
    ip: str
    version: VrrpVersion
    interval_ns: int


AdvertOp = SpeakVrrp
