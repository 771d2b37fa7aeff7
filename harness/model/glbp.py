"""A GLBP group: gateways that share one address for the hosts of a segment, each with a virtual MAC address of its own.

Sources: Cisco, "Configuring GLBP" (IP Application Services Configuration Guide, IOS 15.0M), which has each default
value; the virtual MAC address also in Wireshark's packet-glbp.c: group 1021 has 0007.b403.fd01.
"""

from ipaddress import IPv4Address
from typing import Final, Literal, NamedTuple

import msgspec

from harness.model.units import s

FORWARDERS: Final = 4
"""A group has so many virtual MAC addresses at most."""
GROUPS: Final = 1023

Balancing = Literal["round-robin", "weighted", "host-dependent"]


class GlbpGateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One member. `priority` elects the active virtual gateway, `weight` is for `weighted` balancing.

    `preempt`: it becomes the active virtual gateway although another one is active already.
    """

    priority: int = 100
    weight: int = 100
    preempt: bool = False


class GlbpGroup(msgspec.Struct, frozen=True):
    """`ip`: what hosts have as their gateway. Times in ns, as Cisco's defaults where the lab says nothing else."""

    name: str
    segment: str
    number: int
    ip: str
    gateways: dict[str, GlbpGateway]
    balancing: Balancing = "round-robin"
    hello_ns: int = 3 * s
    hold_ns: int = 10 * s
    redirect_ns: int = 600 * s  # so long hosts get the MAC address of a forwarder that has failed
    timeout_ns: int = 14_400 * s  # so long another gateway forwards for it
    forwarder_preempt_ns: int | None = 30 * s  # None: a gateway that returns leaves its forwarder to the other one

    def vmac(self, forwarder: int) -> str:
        """0007.b4XX.XXYY: the group in the last ten of sixteen bits, the forwarder in eight."""
        return f"00:07:b4:{self.number >> 8:02x}:{self.number & 0xFF:02x}:{forwarder:02x}"

    def forwarder_of(self, mac: str) -> int | None:
        """The number of the forwarder that has this MAC address."""
        return next((number for number in range(1, FORWARDERS + 1) if self.vmac(number) == mac), None)

    def device(self, forwarder: int) -> str:
        """The device of a gateway that forwards for this MAC address: it is there as long as the gateway does."""
        return f"glbp{self.number}.{forwarder}"


class Rank(NamedTuple):
    """The higher one wins an election: by priority, then by the gateway's own address."""

    priority: int
    ip: IPv4Address
