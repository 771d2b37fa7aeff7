"""Ops on what a switch does in a ring, and on ports that the storm guard has shut."""

from harness.model.ops.base import LOOP, NETWORK, Act, Disturbs, Held, OnPort, OnSwitch, Op


class _Ring(Op, frozen=True):
    agent = NETWORK
    lane = LOOP


class IgnoreChanges(_Ring, OnSwitch, Held, frozen=True, tag="ignore_changes"):
    """A switch of a ring keeps what it has learnt when the way around the ring changes."""

    disturbs = Disturbs.frames  # adverts are multicast, which is flooded; unicast peers may be cut off
    undo_rank = 1
    outlives_node = False
    blocks = None


class OpenLate(_Ring, OnSwitch, Held, frozen=True, tag="open_late"):
    """A switch of a ring waits before it opens its alternate port, `delay_ns` from when it hears of the reason."""

    disturbs = Disturbs.frames
    undo_rank = 1
    outlives_node = False
    blocks = None

    delay_ns: int


class ForceOpen(_Ring, OnPort, Held, frozen=True, tag="force_open"):
    """A port of a ring forwards, whatever its role is. Port: TRUNK.a or TRUNK.b."""

    disturbs = Disturbs.frames  # a storm takes the place of adverts
    undo_rank = 0
    outlives_node = False
    blocks = None


class OpenPorts(_Ring, OnSwitch, Act, frozen=True, tag="open_ports"):
    """Act: an operator opens each port of a switch that the storm guard has shut."""

    disturbs = Disturbs.nothing


RingOp = IgnoreChanges | OpenLate | ForceOpen | OpenPorts
