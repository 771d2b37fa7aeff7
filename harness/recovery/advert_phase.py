"""In which phase between two adverts a fault began: measured, not as asked for."""

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Measure
from harness.model.units import s, seconds
from harness.model.virtual_router import VirtualRouter

LOOK_BACK_NS = 120 * s  # longer than any advert_int


def advert_phases(history: History, step: Step) -> dict[str, Measure]:
    """``phase_s``: first effect − the last advert before it, for a step with a fault; ``phase_s ROUTER`` if several.

    That advert counts whichever node sent it: before a fault the router has one master. A silent router has no phase.
    """
    routers = history.topology.virtual_routers.values() if step.held else ()
    found = {router.name: phase for router in routers if (phase := _phase(history, step, router)) is not None}
    return {"phase_s" if len(routers) == 1 else f"phase_s {name}": seconds(phase) for name, phase in found.items()}


def _phase(history: History, step: Step, router: VirtualRouter) -> int | None:
    effect = step.first_effect_ns
    segments = step.limits.routers[router.name].segments
    before = history.adverts(segments, router.vrid, Interval(effect - LOOK_BACK_NS, effect))
    return effect - before[-1].t if before else None
