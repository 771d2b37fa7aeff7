"""A topology in the shapes of compose.yaml's x-lab, as `Topology.from_compose` reads them."""

from msgspec import to_builtins

from harness.model.topology import Node, Port, Topology

Document = dict[str, object]


def lab(topology: Topology) -> Document:
    """The x-lab of the file: everything but the nodes."""
    document: Document = {
        "segments": dict(topology.segments),
        "switches": dict(topology.switches),
        "trunks": {trunk.name: [trunk.a, trunk.b] for trunk in topology.trunks.values()},
        "pairs": {name: _but(to_builtins(pair), "name") for name, pair in topology.pairs.items()},
        "vantages": {name: _but(to_builtins(vantage), "node") for name, vantage in topology.vantages.items()},
    }
    groups = {name: list(pairs) for name, pairs in topology.groups.items()}
    return document | ({"groups": groups} if groups else {})


def node(given: Node) -> Document:
    """The x-lab of its service; what is as usual is left out."""
    document: Document = {"kind": given.kind, "ports": [_port(port) for port in given.ports]}
    if given.routes:
        document["routes"] = [to_builtins(route) for route in given.routes]
    return document | {flag: True for flag in ("sticky_arp", "forwards") if getattr(given, flag)}


def _port(port: Port) -> Document:
    document: Document = {"segment": port.segment, "switch": port.switch, "mac": port.mac, "ip": port.ip}
    return document | ({"device": port.named} if port.named else {})


def _but(document: Document, key: str) -> Document:
    return {each: value for each, value in document.items() if each != key}
