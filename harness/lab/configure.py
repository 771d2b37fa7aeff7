"""Put a configuration on the lab's nodes: files go in by archive, the service is restarted, never the container."""

from collections.abc import Mapping
from typing import NamedTuple

from harness.lab.archive import fetch, pack
from harness.lab.exec import find_container
from harness.lab.lab import Lab
from harness.model.configuration import Configuration
from harness.model.limits import Limits
from harness.model.ops import ArpAnnounce, ArpTimeout, Part, PinMac, Plan, ServiceRestart
from harness.model.sources import service_of
from harness.model.topology import Topology
from harness.model.units import s


class Configured(NamedTuple):
    """`files`: what every node has now, node → path → text. `restarted`: (node, service); they may not be up yet."""

    files: dict[str, dict[str, str]]
    restarted: tuple[tuple[str, str], ...]


def configure(lab: Lab, configuration: Configuration) -> Configured:
    """Writes the files that differ in text or executable bit, restarts their services, and sets the network.

    A node's files also name what an overlay may add, as those of its image do: databases added later restart nothing.
    """
    every = lab.every
    rendered = {node: files for node in lab.topology.nodes if (files := configuration.render(every, node))}
    restarts = []
    for node, files in rendered.items():
        container = find_container(lab.docker, lab.name, node)
        executable = configuration.executable(every, node)
        changed = {path: text for path, text in files.items() if fetch(container, path) != (text, path in executable)}
        if changed:
            container.put_archive("/", pack(changed, executable))
        restarts += [ServiceRestart(node, service) for service in sorted({service_of(path) for path in changed})]
    network = _network(lab.topology, configuration, rendered)
    lab.act(Plan(tuple(Part(op) for op in [*network, *restarts])))
    return Configured(rendered, tuple((op.node, op.service) for op in restarts))


def _network(
    topology: Topology, configuration: Configuration, files: Mapping[str, Mapping[str, str]]
) -> list[ArpAnnounce | ArpTimeout | PinMac]:
    """The configuration's settings of the network beside the pair; absolute, so that no earlier setting stays."""
    timeout = round(configuration.settings.gateways.arp_timeout_s * s)
    gateways = [node for node in topology.nodes.values() if node.kind == "gateway" and node.sticky_arp]
    balancers = dict.fromkeys(node for router in topology.virtual_routers.values() for node in router.nodes)
    level = configuration.settings.balancers.arp_announce
    pinned = _preferred(topology, files) if configuration.settings.switches.pin_vmac else {}
    routers = topology.virtual_routers.values()
    pins = [
        PinMac(f"{node}.{router.segment}", router.vmac, node == pinned.get(router.name))
        for router in routers
        for node in sorted(router.nodes, key=lambda node: node == pinned.get(router.name))  # unpinned elsewhere first
    ]
    announced = [ArpAnnounce(node, level) for node in balancers]
    return [*announced, *(ArpTimeout(node.name, timeout) for node in gateways), *pins]


def _preferred(topology: Topology, files: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Virtual router → its preferred node. Raises `UsageError` for a node without an instance of its router."""
    return {name: each.preferred for name, each in Limits.of_files(topology, files).routers.items()}
