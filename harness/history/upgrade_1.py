"""Schema 1 knew pairs: two nodes and one VIP. Schema 2 has virtual routers."""

import msgspec

from harness.model.errors import UsageError

Document = dict[str, object]


class _Pair(msgspec.Struct, frozen=True):
    """As topology.json had it."""

    name: str
    segment: str
    vip: str
    vrid: int
    nodes: tuple[str, str]


class _Vantage(msgspec.Struct, frozen=True):
    node: str
    pair: str
    cache: str


class _Topology(msgspec.Struct, frozen=True):
    """The parts of topology.json that changed."""

    segments: dict[str, str]
    pairs: dict[str, _Pair]
    vantages: dict[str, _Vantage]


def header(document: Document) -> Document:
    """The header did not change."""
    return document


def topology(document: Document) -> Document:
    """Each pair becomes a router of one VIP, for which its vantage points ask. Raises `UsageError`."""
    try:
        old = msgspec.convert(document, _Topology)
    except msgspec.ValidationError as error:
        raise UsageError(f"topology.json does not fit schema 1: {error}") from error
    rest = {key: value for key, value in document.items() if key != "pairs"}
    routers = {name: _router(pair, old.segments) for name, pair in old.pairs.items()}
    return rest | {
        "virtual_routers": routers,
        "vantages": {node: _vantage(vantage, old.pairs) for node, vantage in old.vantages.items()},
    }


def event(document: Document) -> Document:
    """The op ``announce`` had a field `pair`."""
    op = document.get("op")
    if not isinstance(op, dict):
        return document
    named = {("virtual_router" if key == "pair" else key): value for key, value in op.items()}
    return document | {"op": named}


def _router(pair: _Pair, segments: dict[str, str]) -> Document:
    prefix = int(segments[pair.segment].partition("/")[2])
    vip = {"address": pair.vip, "prefix": prefix, "segment": pair.segment, "excluded": False}
    return {
        "name": pair.name,
        "segment": pair.segment,
        "vrid": pair.vrid,
        "nodes": pair.nodes,
        "vips": [vip],
        "sync_group": "",
    }


def _vantage(vantage: _Vantage, pairs: dict[str, _Pair]) -> Document:
    vip = pairs[vantage.pair].vip
    return {"node": vantage.node, "virtual_router": vantage.pair, "vip": vip, "cache": vantage.cache}
