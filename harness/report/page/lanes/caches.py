"""What each ARP entry leads to, and where that is a node that does not have the VIP."""

from collections.abc import Iterator, Sequence

from harness.history.timeline import Interval, gaps
from harness.model.topology import Cache
from harness.report.page.lanes.lane import Bars
from harness.report.page.lanes.row import Bar, Scene, bars, shade, spans


def caches(scene: Scene) -> Iterator[Bars]:
    for name, cache in scene.history.tables.caches.items():
        yield _cache(scene, name, cache)


def _cache(scene: Scene, name: str, cache: Cache) -> Bars:
    window = scene.trial.window
    changes = scene.history.tables.arp_changes(cache, window)
    names, found = spans([(t, node or "") for t, node in changes], window.end)
    states = [(f"→ {node or 'no node'}", shade(scene.topology, node or None)) for node in names]
    wrong = list(_wrong(scene, cache, names, found))
    quiet = not cache.asked and not wrong and len(found) < 2
    label = name.removesuffix(f" {cache.vip.address}")
    return bars(
        scene, label, f"the ARP entry for {cache.vip.address} leads to", states, found, quiet=quiet, wrong=wrong
    )


def _wrong(scene: Scene, cache: Cache, names: Sequence[str], found: Sequence[Bar]) -> Iterator[Interval]:
    for bar in found:
        if node := names[bar.state]:
            yield from gaps(scene.history.tables.holds(node, cache.vip.address), Interval(bar.begin, bar.end))
