"""Ops on a switch's forwarding table."""

from harness.model.ops.base import LOOP, NETWORK, Act, Disturbs, OnPort, OnSwitch, Op


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


SwitchOp = PinMac | FlushFdb
