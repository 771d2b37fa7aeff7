"""In which phase of the adverts a fault began: what it was, not what was asked for."""

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Measure
from harness.model.topology import Pair
from harness.model.units import s, seconds

LOOK_BACK_NS = 120 * s  # longer than any advert_int


def advert_phases(history: History, step: Step) -> dict[str, Measure]:
    """``phase_s``: first effect − the last advert before it, for a step with a fault; several pairs: ``phase_s PAIR``.

    Whoever sent that advert: before a fault, the pair's only master. A pair that was silent has none.
    """
    pairs = history.topology.pairs.values() if step.held else ()
    found = {pair.name: phase for pair in pairs if (phase := _phase(history, step, pair)) is not None}
    return {"phase_s" if len(pairs) == 1 else f"phase_s {name}": seconds(phase) for name, phase in found.items()}


def _phase(history: History, step: Step, pair: Pair) -> int | None:
    effect = step.first_effect_ns
    before = history.adverts(pair, Interval(effect - LOOK_BACK_NS, effect))
    return effect - before[-1].t if before else None
