"""Which gateway forwards for each virtual MAC address of a GLBP group, and for which hosts."""

from collections.abc import Iterator
from typing import Final

from harness.history.timeline import Interval, union
from harness.model.glbp import GlbpGroup
from harness.report.page.lanes.lane import Bars, Colour
from harness.report.page.lanes.row import Scene, bars, spans

NONE: Final = "→ no gateway"


def forwarders(scene: Scene) -> Iterator[Bars]:
    for group in scene.topology.glbp.values():
        for number in scene.history.tables.forwarders.seen(group):
            yield _forwarder(scene, group, number)


def _forwarder(scene: Scene, group: GlbpGroup, number: int) -> Bars:
    """Two gateways at once are wrong: a switch sends a frame to one of them, now here, now there."""
    window = scene.trial.window
    changes = scene.history.tables.forwarders.changes(group, number, window)
    names, found = spans([(t, _named(gateways)) for t, gateways in changes], window.end)
    states: list[tuple[str, Colour]] = [(name, "none" if name == NONE else "off") for name in names]
    several = {_named(gateways) for _, gateways in changes if gateways is not None and len(gateways) != 1}
    wrong = union([Interval(bar.begin, bar.end) for bar in found if names[bar.state] in several])
    label = f"{group.name}.{number} {', '.join(_hosts(scene, group, number))}".rstrip()
    return bars(scene, label, f"GLBP: hosts of {group.vmac(number)} are forwarded by", states, found, wrong=wrong)


def _named(gateways: tuple[str, ...] | None) -> str:
    return "not recorded" if gateways is None else f"→ {' and '.join(gateways)}" if gateways else NONE


def _hosts(scene: Scene, group: GlbpGroup, number: int) -> list[str]:
    """Those that have its MAC address at the first effect."""
    pinned = scene.history.tables.forwarders.pinned
    return [node for node in scene.topology.nodes if pinned(node, scene.trial.zero) == (group, number)]
