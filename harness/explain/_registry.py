"""How a file of this folder says which check it explains, and what an explanation is made of."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple

from harness.checks._evidence import STRUCTURE
from harness.explain._logs import NO_LOGS, Logs
from harness.explain._scene import Scene
from harness.explain._told import Explanation, Remedy, Seen
from harness.history import History, Step
from harness.model.outcome import Finding

Why = Callable[[Scene], Iterator[str]]
Look = Callable[[Scene], Iterator[Seen]]
Ends = Callable[[Scene], Iterable[Remedy]]


def nothing(_: Scene) -> Iterator[Seen]:
    return iter(())


def no_remedy(_: Scene) -> Iterable[Remedy]:
    return ()


class Explainer(NamedTuple):
    """`name`: the check's. `why`: the paragraph; `seen`: on each device; `ends`: what ends it."""

    name: str
    why: Why
    seen: Look
    ends: Ends

    def __call__(self, history: History, step: Step, finding: Finding, logs: Logs = NO_LOGS) -> Explanation:
        """`logs`: keepalived's own lines, if the run kept them."""
        scene = Scene(history, step, finding, logs)
        try:
            return self._explained(scene)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not hide the verdict and the other paragraphs
            place = extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}, line {place.lineno}"
            return self._told(scene, (scene.unknown(f"why: the explanation itself failed, in {where}: {error!r}"),))

    def because(self, scene: Scene) -> tuple[str, ...]:
        """The paragraph, each sentence once."""
        if lack := scene.lacks(scene.vips, STRUCTURE):
            return (scene.unknown("what was done", lack),)
        return tuple(dict.fromkeys(self.why(scene))) or (scene.unknown("why"),)

    def _explained(self, scene: Scene) -> Explanation:
        because = self.because(scene)
        if scene.lacks(scene.vips, STRUCTURE):
            return self._told(scene, because)
        seen, ends = dict.fromkeys(self.seen(scene)), dict.fromkeys(self.ends(scene))
        return self._told(scene, because, tuple(seen), tuple(ends))

    def _told(
        self, scene: Scene, because: tuple[str, ...], seen: tuple[Seen, ...] = (), ends: tuple[Remedy, ...] = ()
    ) -> Explanation:
        step = scene.step
        return Explanation(self.name, step.trial, step.name, scene.finding.sentence, because, seen, ends)


def explains(*, seen: Look = nothing, ends: Ends = no_remedy) -> Callable[[Why], Explainer]:
    """Decorator: the explainer gets the function's name, which is that of the check."""

    def decorate(why: Why) -> Explainer:
        return Explainer(why.__name__, why, seen, ends)

    return decorate
