"""What every part of the model shares: the clock, the network, who holds which address, and what is told of it. ns."""

from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from harness.model.ops import AnyOp
from harness.model.topology import Topology
from harness.simulation.layer2 import Flood, Layer2
from harness.simulation.queue import Queue
from harness.simulation.role import Role

us: Final = 1_000
WIRE: Final = 60 * us  # from sending to reading, on an idle machine
BROADCAST: Final = "ff:ff:ff:ff:ff:ff"

Chooser = Callable[[int, str], int]
"""(how many ways, of what) → which way. An order that is open is chosen, and never hidden."""


class Arp(NamedTuple):
    """A broadcast by which `mac` says that it has `sender`; gratuitous if it asks for that itself."""

    mac: str
    sender: str
    target: str

    @property
    def gratuitous(self) -> bool:
        return self.sender == self.target


class Told(Protocol):
    """What a recorder is told. `t`: ns from the plan's start."""

    def advert(self, t: int, one: Role, flood: Flood, mac: str, priority: int) -> None: ...
    def arp(self, t: int, flood: Flood, said: Arp, repeat: int) -> None: ...
    def address(self, t: int, node: str, address: str, *, present: bool) -> None: ...
    def neighbour(self, t: int, device: str, address: str, mac: str | None) -> None: ...
    def fdb(self, t: int, switch: str, mac: str, port: str | None) -> None: ...
    def says(self, t: int, one: Role, state: str) -> None: ...
    def applied(self, t: int, part: int, op: AnyOp) -> None: ...
    def released(self, t: int, part: int, op: AnyOp) -> None: ...
    def served(self, t: int, vantage: str, node: str | None) -> None: ...


def first(_options: int, _what: str) -> int:
    """The likely way: what was planned first, what arrives first."""
    return 0


class State:
    """`holds`: (node, VIP) → the port that it is set on. `macs`: (node, VIP) → the MAC address that owns it there.

    `known`: (node, device): the node has the device's MAC address. `dirty`: what customers see may have changed.
    """

    def __init__(self, topology: Topology) -> None:
        self.topology, self.layer2, self.queue = topology, Layer2(topology), Queue()
        self.chooser: Chooser = first
        self.told: Told | None = None
        self.holds: dict[tuple[str, str], str] = {}
        self.macs: dict[tuple[str, str], str] = {}
        self.known: set[tuple[str, str]] = set()
        # node → how many ops keep HAProxy from serving, from taking connections, from being there
        self.silent, self.deaf, self.gone = Counter[str](), Counter[str](), Counter[str]()
        self.dirty = False

    def reset(self) -> None:
        self.layer2.reset()
        self.queue.reset()
        self.holds.clear()
        self.known.clear()
        self.silent.clear()
        self.deaf.clear()
        self.gone.clear()
        self.told, self.dirty = None, False

    @property
    def now(self) -> int:
        return self.queue.now

    def choose(self, options: int, what: str) -> int:
        return self.chooser(options, what) if options > 1 else 0

    def learn(self, mac: str, flood: Flood) -> None:
        """Switches see a frame of this MAC address."""
        for switch, port in self.layer2.learn(mac, flood.learns):
            self.dirty = True
            if self.told:
                self.told.fdb(self.now, switch, mac, port)

    def forget(self, places: list[tuple[str, str]]) -> None:
        for switch, mac in self.layer2.forget(places):
            self.dirty = True
            if self.told:
                self.told.fdb(self.now, switch, mac, None)

    def holders(self, address: str) -> list[str]:
        """The nodes that hold a VIP, sorted."""
        return sorted(node for node, held in self.holds if held == address)
