"""What each ARP entry leads to, and where that is a node that does not have the VIP."""

from collections.abc import Iterator, Sequence
from typing import Final

from harness.history.timeline import FOREVER, Interval, gaps
from harness.model.topology import Cache
from harness.report.page.lanes.lane import Bars
from harness.report.page.lanes.row import Bar, Scene, bars, shade, spans

UNKNOWN: Final = "?"


def caches(scene: Scene) -> Iterator[Bars]:
    for name, cache in scene.history.tables.caches.items():
        yield _cache(scene, name, cache)


def _cache(scene: Scene, name: str, cache: Cache) -> Bars:
    window = scene.trial.window
    changes = scene.history.tables.arp_changes(cache, window)
    names, found = spans(list(_named(scene, cache, changes)), window.end)
    states = [(_words(name), "off" if name == UNKNOWN else shade(scene.topology, name or None)) for name in names]
    wrong = list(_wrong(scene, cache, names, found))
    quiet = not cache.asked and not wrong and len(found) < 2
    label = name.removesuffix(f" {cache.vip.address}")
    return bars(
        scene, label, f"the ARP entry for {cache.vip.address} leads to", states, found, quiet=quiet, wrong=wrong
    )


def _named(scene: Scene, cache: Cache, changes: Sequence[tuple[int, str | None]]) -> Iterator[tuple[int, str]]:
    """An entry of which nothing is recorded yet is not one that is not there."""
    entries = scene.history.tables.neighbours.changes((cache.device, cache.vip.address))
    told = next((t for t, _ in entries), FOREVER)
    for t, node in changes:
        yield t, (node or "") if told <= t else UNKNOWN


def _words(name: str) -> str:
    return "not recorded" if name == UNKNOWN else f"→ {name or 'no node'}"


def _wrong(scene: Scene, cache: Cache, names: Sequence[str], found: Sequence[Bar]) -> Iterator[Interval]:
    for bar in found:
        node, told = names[bar.state], scene.told_from([names[bar.state]])
        if node in scene.topology.nodes and told < bar.end:
            held = scene.history.tables.holds(node, cache.vip.address)
            yield from gaps(held, Interval(max(bar.begin, told), bar.end))
