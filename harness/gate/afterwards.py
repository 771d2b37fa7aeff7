"""What follows the battery on the same lab: the worst schedule that was foreseen; and preventions, where wished for."""

from collections.abc import Callable
from time import monotonic

from msgspec.structs import replace

from harness.gate.attempt import Subject
from harness.gate.battery import AT_REST
from harness.gate.decided import decided
from harness.gate.foreseen import NAME, Foretold, judged, on_lab
from harness.gate.own_failure import own_failure
from harness.gate.prepare import Wish, seconds
from harness.gate.preventions.plan import failing
from harness.gate.preventions.trying import NO_TIME, Trying
from harness.gate.report import GateReport
from harness.gate.run import Battery, Repeat
from harness.model.errors import LeftBehind
from harness.model.foreseen import OnLab

Say = Callable[[str], None]


class Afterwards:
    """Within the budget of the whole. `foretold` None: the model was not asked."""

    def __init__(self, own: Subject, run: Battery, wish: Wish, say: Say, foretold: Foretold | None = None) -> None:
        self._own, self._run, self._wish, self._say = own, run, wish, say
        self._foretold, self._seen = foretold, OnLab("not tried", why="the gate ended before")
        self._until = monotonic() + wish.budget_s if wish.budget_s else None
        self._trying: Trying | None = None
        self._ended = ""  # why no change could be chosen; "" if they were

    def __call__(self, repeat: Repeat) -> None:
        if self._foretold:
            self._seen = self._worst(self._foretold, repeat)
        if self._wish.preventions:
            self._trying = self._chosen()
        if self._trying:
            self._trying.run(repeat, self._say, self._until)

    def told(self, report: GateReport) -> GateReport:
        """With what was foreseen, and what the changes did; no change alters the verdict."""
        if self._foretold:
            told = replace(self._foretold.told, lab=self._seen)
            unsteady = {name for name, trials in self._run.unsteady.items() if trials}
            report = judged(report, told, unsteady | self._run.busy)
        if self._trying is None:
            return replace(report, not_tried=(*report.not_tried, self._ended)) if self._ended else report
        without = (f"prevention of {name}: no change of one setting is known for it" for name in self._trying.without)
        return replace(report, preventions=self._trying.found, not_tried=(*report.not_tried, *without))

    def _worst(self, foretold: Foretold, repeat: Repeat) -> OnLab:
        """Raises `LeftBehind`. No other error changes a verdict, a defect included: then nothing was measured."""
        if why := self._not_tried(foretold):
            return OnLab("not tried", why=why)
        assert foretold.test
        self._say(f"the worst that was foreseen: {foretold.test.about}")
        try:
            test, trials = foretold.test._replace(name=NAME), self._own.prepared.trials
            seen = repeat(self._own, test, trials, NAME)
            self._run.busy |= {NAME} if seen.busy else set()
            return on_lab(seen.tried)
        except LeftBehind:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the battery's verdict is there
            return OnLab("not measured", why=own_failure(error))

    def _not_tried(self, foretold: Foretold) -> str:
        """Why; "" if it can be."""
        if foretold.test is None:
            return "nothing was foreseen"
        if self._wish.quick or self._wish.only:
            return "with --quick" if self._wish.quick else "with --only"
        if not any(each.name == AT_REST and each.verdict == "held" for each in self._run.tried):
            return "the pair does not serve at rest"
        needs = seconds(foretold.test) * self._own.prepared.trials
        late = self._until is not None and monotonic() + needs > self._until
        return NO_TIME if late else ""

    def _chosen(self) -> Trying | None:
        """None after a defect."""
        try:
            word, _ = decided(self._own.prepared, self._run.tried)
            failed = failing(self._run.tried, self._own.prepared, word)
            return Trying(self._own, self._run.tried, failed, self._wish.preventions, self._run.unsteady)
        except Exception as error:  # noqa: BLE001 - as in `Trying.run`
            self._ended = f"preventions: {own_failure(error)}"
            return None
