"""The machines of a virtual router, as frames name them: an IP address, MAC addresses, and what their adverts say."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from harness.capture.routers import Router
from harness.capture.sight import VMAC, AdvertSight, Sight
from harness.model.frames import Advert

MOST_NODES: Final = 16  # of one VRID: of more, those that sent the most adverts


class Machine(NamedTuple):
    """`said`: each different advert that it sent, without its identification.

    `vmac`: its adverts came from a virtual MAC address, or from one that another node's came from too.
    """

    name: str
    ip: str
    macs: frozenset[bytes]
    said: tuple[Advert, ...]
    vmac: bool

    @property
    def lowest(self) -> int | None:
        """Its lowest priority above 0: with that its skew is the longest."""
        return min((advert.priority for advert in self.said if advert.priority), default=None)

    @property
    def priority(self) -> int | None:
        """The highest that it told; None if it told none."""
        return max((advert.priority for advert in self.said), default=None)


def machines(
    router: Router, sights: Mapping[str, Sight], names: Mapping[str, str], places: Mapping[str, str]
) -> dict[str, Machine]:
    """Name → machine: those that sent the router's adverts, and those in `names` (name → IP address).

    `sights`: by the name of the file. `places`: file → node at whose interface it was taken.
    """
    sent: Counter[str] = Counter()
    own: dict[str, list[AdvertSight]] = {}
    every = list(sights.values())
    for each in every:
        for (number, ip), adverts in each.by_sender.items():
            if number == router.vrid and ip in router.senders:
                sent[ip] += len(adverts)
                own.setdefault(ip, []).extend(adverts)
    named = {ip: name for name, ip in names.items()}
    ips = dict.fromkeys([*names.values(), *sorted(ip for ip, _ in sent.most_common(MOST_NODES))])
    found = [_machine(named.get(ip, ip), ip, own.get(ip, []), every) for ip in ips]
    here = {node.name: [sights[file] for file in sights if places.get(file) == node.name] for node in found}
    beside = {name: _other_cards(router, at_node) for name, at_node in here.items()}
    if all(beside[node.name] for node in found if node.ip in own):
        found = [_with_other_card(node, beside[node.name]) for node in found]
    senders = Counter(mac for ip in ips for mac in {sight.mac for sight in own.get(ip, [])})
    shared = Counter(mac for node in found for mac in node.macs)
    return {node.name: _apart(node, shared, senders) for node in found}


def _other_cards(router: Router, here: list[Sight]) -> list[Sight]:
    """Of those at one node: where the adverts take another card than the VIP, that of the VIP."""
    return [sight for sight in here if all(vrid != router.vrid for vrid, _ in sight.by_sender)]


def _with_other_card(node: Machine, beside: list[Sight]) -> Machine:
    """The only MAC address that sent from the VIP there is its own. Only if each node was captured so: a card may be
    promiscuous, and show what another one sent.
    """
    macs = {mac for sight in beside for mac in _only({mac for _, mac in sight.holds}) if not mac.startswith(VMAC)}
    return node._replace(macs=node.macs | macs)


def _only(macs: set[bytes]) -> set[bytes]:
    return macs if len(macs) == 1 else set()


def _apart(node: Machine, shared: Counter[bytes], senders: Counter[bytes]) -> Machine:
    """Without the MAC addresses of several nodes: `use_vmac` can name one, and a router sends what it forwards from its
    own."""
    macs = frozenset(mac for mac in node.macs if shared[mac] == 1)
    return node._replace(macs=macs, vmac=node.vmac or any(senders[mac] > 1 for mac in node.macs))


def _machine(name: str, ip: str, own: list[AdvertSight], sights: list[Sight]) -> Machine:
    macs = {sight.mac for sight in own} | {each.macs[ip] for each in sights if ip in each.macs}
    said = dict.fromkeys(sight.advert._replace(ident=0) for sight in own)
    burnt_in = frozenset(mac for mac in macs if not mac.startswith(VMAC))
    return Machine(name, ip, burnt_in, tuple(said), vmac=any(mac.startswith(VMAC) for mac in macs))
