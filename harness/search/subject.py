"""What is searched: a configuration of the lab, or a site's own files. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Final, NamedTuple

from msgspec.structs import replace

from harness.gate.asks import asks
from harness.gate.place import Asked, place
from harness.lint import ALL, Pair, PairNode
from harness.lint._explained import not_supplied
from harness.model.configuration import Configuration
from harness.model.errors import UsageError
from harness.model.keepalived_text import MAIN
from harness.model.running_settings import settings_of as told_settings
from harness.model.topology import Topology
from harness.search.deciding import deaf
from harness.search.follows import reader
from harness.search.notifies import touching_haproxy
from harness.search.pair import SimulatedPair
from harness.simulation.settings import Settings, left_out, settings_of, taken_as_succeeding
from harness.simulation.watch import files_add, of_running
from harness.site.site import KEEPALIVED
from harness.site.stand_ins import stand_ins

_WITHOUT: Final = "{}: script {}: its program is not among the files: it is taken as succeeding"


class Subject(NamedTuple):
    """`left_out`: what its files ask for and the model does not have.

    `never_rests`: why several nodes are master without any fault; "" if one is. The model begins with one master.
    """

    name: str
    topology: Topology
    settings: dict[str, tuple[Settings, ...]]
    left_out: tuple[str, ...]
    never_rests: str = ""

    def pair(self, router: str | None = None, watch_ns: int = 0, owner: str = "") -> SimulatedPair:
        """`watch_ns` 0: as long as this pair needs. `owner`: at rest; without it the preferred node.

        Raises `UnknownName` for a virtual router that is not there.
        """
        name = self.topology.virtual_router(router).name
        if watch_ns:
            return SimulatedPair(self.topology, self.settings, name, watch_ns, owner)
        usual = SimulatedPair(self.topology, self.settings, name, owner=owner)
        usual.watch_ns = max(usual.watch_ns, usual.settle_ns)
        return usual


def of_configuration(name: str, topology: Topology) -> Subject:
    """Raises `UnknownName`, or `UsageError` for files that cannot be read."""
    configuration = Configuration.load(name)
    nodes = {node for router in topology.virtual_routers.values() for node in router.nodes}
    files = {node: _named(configuration.render(topology, node)) for node in sorted(nodes)}
    settings = {node: settings_of(texts[MAIN], node, texts, reader(texts)) for node, texts in files.items()}
    missing = [line for node, texts in files.items() for line in _left_out(texts[MAIN], node, texts)]
    return Subject(name, topology, settings, _missing(missing, settings))


def of_site(name: str, pair: Pair) -> Subject:
    """Raises `UsageError` for a site that no lab can take over, or whose keepalived did not tell its settings."""
    vips = [address for router in pair.routers for member in router.members for address in member.addresses]
    asked = asks(pair) or tuple(Asked(vip, f"tcp://{vip}:80") for vip in vips)
    placed = place(pair, asked, stand_ins(pair.site, vips).servers.addresses)
    settings, missing = dict[str, tuple[Settings, ...]](), list[str]()
    for node in pair.nodes:
        if not node.told:
            raise UsageError(f"keepalived of {node.name} did not tell its settings: harness lint says why.")
        texts = dict(node.site.texts)
        main = texts.pop(KEEPALIVED, "")
        beside = {each.vrrp.instance: each for each in settings_of(main, node.site.config_id, texts)}
        settings[placed.names[node.name]] = tuple(_told(node, beside))
        missing += _left_out(main, node.site.config_id, texts)
        missing += (_WITHOUT.format(node.name, check) for check in sorted(not_supplied(node)))
    found = Subject(name, placed.topology, settings, _missing(missing, settings), _never_rests(pair))
    return found if found.never_rests else found._replace(never_rests=_unheard(found))


def _never_rests(pair: Pair) -> str:
    """As the rules say that know it: adverts that the others do not hear, or drop."""
    rules = (rule for rule in ALL.values() if rule.outage.startswith("Every node is master"))
    found = (each for rule in rules for each in rule(pair) if each.severity == "error")
    return next((each.sentence for each in found), "")


def _unheard(subject: Subject) -> str:
    """As the model has it: of three nodes one may be listed by one of the others alone."""
    pair = subject.pair()
    return deaf(pair.world.nodes, pair.owners)


def _told(node: PairNode, beside: Mapping[str, Settings]) -> Iterator[Settings]:
    """What keepalived told; only what its dump lacks comes from the file."""
    own = {address.split("/")[0] for addresses in node.site.cards.values() for address in addresses}
    read = reader(node.site.texts, own)
    for vrrp, instance in zip(told_settings(node.running), node.running.instances, strict=True):
        yield replace(
            beside.get(vrrp.instance, Settings(vrrp)),
            vrrp=vrrp,
            watches=of_running(node.running, instance, node.document, read),
            files_add=files_add(node.running, instance),
            startup_delay_ns=node.running.startup_delay_ns,
        )


def _left_out(main: str, node: str, texts: Mapping[str, str]) -> Iterator[str]:
    yield from left_out(main, node, texts)
    yield from touching_haproxy(main, node, texts)


def _missing(lines: Iterable[str], settings: Mapping[str, tuple[Settings, ...]]) -> tuple[str, ...]:
    taken = (line for each in settings.values() for one in each for line in taken_as_succeeding(one))
    return tuple(dict.fromkeys((*lines, *taken)))


def _named(files: Mapping[str, str]) -> dict[str, str]:
    """By the name of the file, as a lab's keepalived.conf includes it."""
    return {PurePath(path).name: text for path, text in files.items()}
