"""How many sessions a flood held, as its generators reported. Pure."""

from harness.history import History, Step
from harness.model.events import FloodSample
from harness.model.outcome import Measure


def measures(history: History, step: Step) -> dict[str, Measure]:
    """Sessions of all floods of the step together: asked for, most that were open, reopened. Empty without one.

    ``flood_asked`` is more than ``flood_wanted`` if the generators' limit of open files is too low.
    """
    floods: dict[tuple[str, str], list[FloodSample]] = {}
    for sample in history.of(FloodSample, step.window):
        floods.setdefault((sample.node, sample.mode), []).append(sample)
    if not floods:
        return {}
    lasts = [samples[-1] for samples in floods.values()]
    return {
        "flood_asked": sum(last.asked for last in lasts),
        "flood_wanted": sum(last.wanted for last in lasts),
        "flood_open": sum(max(sample.open for sample in samples) for samples in floods.values()),
        "flood_reopened": sum(last.reopened for last in lasts),
    }
