"""A check's finding as an experiment asserts on it."""

from dataclasses import dataclass

from harness.model.errors import NotMeasured
from harness.model.outcome import Finding


@dataclass(frozen=True)
class AssertedFinding:
    """A finding in an assertion, where `inconclusive` counts neither for the pair nor against it.

    `holds`, `violated` and `not_applicable` raise `NotMeasured` if the history cannot tell: the trial is then invalid,
    and repeated. Without that, ``assert step.check(…).holds`` would count missing evidence as a failure of the pair.
    """

    finding: Finding
    step: str  # its name

    @property
    def holds(self) -> bool:
        return self._conclusive.holds

    @property
    def violated(self) -> bool:
        return self._conclusive.violated

    @property
    def not_applicable(self) -> bool:
        return self._conclusive.not_applicable

    @property
    def inconclusive(self) -> bool:
        return self.finding.inconclusive

    @property
    def sentence(self) -> str:
        return self.finding.sentence

    @property
    def _conclusive(self) -> Finding:
        if self.inconclusive:
            raise NotMeasured(f"{self.finding.name} is inconclusive in step {self.step!r}: {self.sentence}")
        return self.finding
