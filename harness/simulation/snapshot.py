"""How a moment looks: who owns each VIP, where caches lead, who is served; and what is wrong with it, in one word."""

from typing import Literal, NamedTuple

from harness.simulation.world import World

Harm = Literal["no owner", "two owners", "wrong cache", "dark"]


class Snapshot(NamedTuple):
    """`owners`: VIP → nodes. `leads`: (device, VIP) that customers need → node. `served`: vantage point → whether."""

    owners: dict[str, tuple[str, ...]]
    leads: dict[tuple[str, str], str | None]
    served: dict[str, bool]

    @property
    def harm(self) -> Harm | None:
        """The worst; None: one owner of each VIP, every cache leads to it, every customer is served."""
        if not all(self.owners.values()):
            return "no owner"
        if any(len(nodes) > 1 for nodes in self.owners.values()):
            return "two owners"
        if any((lead,) != self.owners[key[1]] for key, lead in self.leads.items()):
            return "wrong cache"
        return None if all(self.served.values()) else "dark"


def snapshot(world: World, addresses: frozenset[str]) -> Snapshot:
    """Of these VIPs, and of the customers who ask for them."""
    return Snapshot(
        {address: world.owners(address) for address in addresses},
        {key: world.caches.lead(key) for key in world.caches.keys if key in world.caches.asked and key[1] in addresses},
        {name: world.served(name) for name, vantage in world.topology.vantages.items() if vantage.vip in addresses},
    )
