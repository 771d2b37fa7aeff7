"""A database reads along the wrong index: which, since when, and how many rows."""

from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import databases, first
from harness.explain._sessions import plans
from harness.model.events import StatisticsCounted


@explains(seen=lambda scene: databases(scene, first(scene)), ends=lambda _: measured.WRONG_PLAN)
def right_plan(scene: Scene) -> Sentences:
    yield from deeds(scene)
    yield from _counted(scene)
    yield from plans(scene)


def _counted(scene: Scene) -> Sentences:
    """The statistics were counted anew, and the optimizer chose by them."""
    for counted in scene.history.of(StatisticsCounted, scene.step.window):
        times = f"had been counted {counted.rolls} times by {scene.at(counted.t)}"
        yield f"The statistics of {counted.node} {times}, and the optimizer then chose {counted.plan}."
