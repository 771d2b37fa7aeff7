"""Ops on frames at a switch port: all or some are dropped, changed or held up, or there is no carrier."""

from harness.model.ops.base import LOOP, NETWORK, Blocked, Disturbs, Held, OnPort, Side


class _Frames(OnPort, Held, frozen=True):
    agent = NETWORK
    lane = LOOP
    outlives_node = False  # its cables go with it


class Drop(_Frames, frozen=True, tag="drop"):
    """Every frame on one side of a switch port is dropped (nftables). Port: NODE.SEGMENT, TRUNK.a or TRUNK.b."""

    disturbs = Disturbs.frames
    undo_rank = 0

    side: Side

    @property
    def blocks(self) -> Blocked:
        return Blocked(self.port, self.side)


class LinkDown(_Frames, frozen=True, tag="link_down"):
    """The cable loses carrier at both ends: the node's kernel sees it within a millisecond."""

    disturbs = Disturbs.openly
    undo_rank = 3

    @property
    def blocks(self) -> Blocked:
        return Blocked(self.port, None)


class DropGarp(_Frames, frozen=True, tag="drop_garp"):
    """Announcements of `ip` are dropped on one side of a switch port; everything else passes.

    That is every broadcast ARP frame in which `ip` is the sender: gratuitous ARP, and the who-has of its owner, from
    which caches learn just as well. Answers to a cache that asks are unicast, and pass.
    """

    disturbs = Disturbs.announcements
    undo_rank = 0

    side: Side
    ip: str

    @property
    def blocks(self) -> Blocked:
        return Blocked(self.port, self.side, self.ip)


class DropVrrp(_Frames, frozen=True, tag="drop_vrrp"):
    """VRRP (IP protocol 112) is dropped on one side of a switch port; everything else passes.

    `multicast`: only what is sent to a multicast group: adverts to unicast_peer pass.
    """

    disturbs = Disturbs.adverts
    undo_rank = 0

    side: Side
    multicast: bool

    @property
    def blocks(self) -> Blocked:
        return Blocked(self.port, self.side, adverts="multicast" if self.multicast else "all")


class DropTcp(_Frames, frozen=True, tag="drop_tcp"):
    """TCP is dropped on one side of a switch port; everything else passes: VRRP, ARP, ICMP, UDP.

    `opening`: only segments that ask for a new connection (SYN without ACK): open connections go on.
    """

    disturbs = Disturbs.requests  # a check may ask for a page through this port
    undo_rank = 0
    blocks = None  # no TCP segment comes so regularly that one that is missing shows

    side: Side
    opening: bool


class _Some(_Frames, frozen=True):
    """Some frames pass, by chance or up to a rate: no single frame shows when it begins."""

    undo_rank = 0
    blocks = None

    side: Side


class Lose(_Some, frozen=True, tag="lose"):
    """Each frame on one side of a switch port is dropped with a probability of `percent` (nftables)."""

    disturbs = Disturbs.frames

    percent: float


class Corrupt(_Some, frozen=True, tag="corrupt"):
    """Each frame on one side of a switch port is changed with a probability of `percent`: one bit of its ninth byte.

    Counted behind the Ethernet header. In IPv4 that is the time to live, so that the header's checksum is wrong. In ARP
    it is the first byte of the sender's MAC, and ARP has no checksum.
    """

    disturbs = Disturbs.frames

    percent: float


class LimitRate(_Some, frozen=True, tag="limit_rate"):
    """Frames on one side of a switch port wait in a queue that is emptied at this rate (tbf); a full queue drops."""

    disturbs = Disturbs.frames

    bits_per_s: int


class LimitGarp(_Some, frozen=True, tag="limit_garp"):
    """Announcements of `ip`, as `DropGarp` means them, pass one side of a switch port up to so many a second."""

    disturbs = Disturbs.announcements

    ip: str
    per_s: int


class Delay(OnPort, Held, frozen=True, tag="delay"):
    """Frames on one side of a switch port are late by `delay_ns`, plus or minus up to `jitter_ns`, in their order."""

    agent = NETWORK
    disturbs = Disturbs.frames
    undo_rank = 1
    outlives_node = False
    blocks = None

    side: Side
    delay_ns: int
    jitter_ns: int = 0

    @property
    def lane(self) -> str:
        """It asks a process of the agent's own."""
        return f"delay {self.port} {self.side}"


FrameOp = Drop | LinkDown | DropGarp | DropVrrp | DropTcp | Lose | Corrupt | LimitRate | LimitGarp | Delay
