"""Which instances hear the adverts of an instance."""

from collections.abc import Iterator, Mapping, Sequence

from harness.model.node import Port
from harness.simulation.instance import Instance
from harness.simulation.layer2 import Layer2
from harness.simulation.role import Role


class Ears:
    """`changed` must be called whenever an op came or went: then it is looked up anew."""

    def __init__(self, layer2: Layer2, ports: Mapping[str, Port]) -> None:
        self._layer2 = layer2
        self._instances: Sequence[Instance] = ()
        self._own: dict[str, set[str]] = {}  # node → the first address of each of its cards
        for name, port in ports.items():
            self._own.setdefault(name.partition(".")[0], set()).add(port.address)
        self._first = {port.address for port in ports.values()}
        self._known: dict[int, tuple[int, ...]] = {}

    def begin(self, instances: Sequence[Instance]) -> None:
        self._instances = instances
        self.changed()

    def changed(self) -> None:
        self._known.clear()

    def of(self, one: Role) -> tuple[int, ...]:
        """The numbers of the other instances of its router that an advert of it reaches now."""
        known = self._known.get(one.number)
        if known is None or (one.vrrp.unicast_peers and not self._layer2.clean):
            known = self._known[one.number] = tuple(self._hearing(one))
        return known

    def _hearing(self, one: Role) -> Iterator[int]:
        receivers = self._layer2.multicast(one.port).receivers
        for number, other in enumerate(self._instances):
            if number == one.number or other.router != one.router or _differ(one, other):
                continue
            if not one.vrrp.unicast_peers:
                if other.port in receivers:
                    yield number
            elif self._lists(one, other) and self.by_unicast(one.port, other.port):
                yield number

    def _lists(self, one: Role, other: Role) -> bool:
        """Is the other node a unicast peer, by the address of any of its cards?

        A card may have further addresses, which no topology knows: one that is no card's first is taken as the other's.
        `harness lint` knows them all, and tells a peer that is missing.
        """
        peers = set(one.vrrp.unicast_peers)
        return bool(peers & self._own[other.node]) or not peers <= self._first

    def by_unicast(self, port: str, other: str) -> bool:
        """Does an advert to this one peer arrive? It is led there by forwarding tables."""
        layer2 = self._layer2
        open_ = layer2.carries_adverts(port, "ingress", multicast=False)
        open_ = open_ and layer2.carries_adverts(other, "egress", multicast=False)
        return open_ and layer2.reached(port, layer2.mac_of[other]) == other


def _differ(one: Role, other: Role) -> bool:
    """Of unicast and multicast each drops what comes by the other: vrrp_in_chk() in vrrp.c."""
    return bool(one.vrrp.unicast_peers) != bool(other.vrrp.unicast_peers)
