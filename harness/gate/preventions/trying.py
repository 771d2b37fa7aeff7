"""Tries changes on the lab of a gate, after its battery: each failed test before and with a change, so many times."""

from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Final

from msgspec.structs import replace

from harness.gate.attempt import Subject
from harness.gate.battery import AT_REST, GateTest
from harness.gate.named import uses
from harness.gate.own_failure import own_failure
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.candidates import candidates
from harness.gate.preventions.changed import changed
from harness.gate.preventions.decide import Counted, among, counted, overall, repeated
from harness.gate.preventions.plan import CHANGED_S, cost_s
from harness.gate.report import Tried
from harness.gate.run import Repeat
from harness.gate.verdict import depends, shows_nothing
from harness.model.errors import AgentError, EnvironmentProblem, LeftBehind, NotMeasured, UsageError
from harness.model.prevention import Prevention, Repeated

NO_TIME: Final = "no time within the budget"
Say = Callable[[str], None]


class Trying:
    """`own`: the pair with its own files. `tried`, `failed`: by the battery. `trials`: before and with each change.

    `unsteady`: test → trials of the battery before which the pair did not come to rest.
    """

    def __init__(
        self, own: Subject, tried: Iterable[Tried], failed: Iterable[Tried], trials: int, unsteady: Mapping[str, int]
    ) -> None:
        self._own, self._prepared, self._trials = own, own.prepared, trials
        self._failed = {each.name: counted(each, unsteady.get(each.name, 0)) for each in failed}
        self._held = tuple(each.name for each in tried if each.verdict == "held")
        self._candidates = candidates(self._prepared, self._failed)
        self._done: list[Prevention] = []
        self._ended = "interrupted"  # why the others were not tried

    @property
    def found(self) -> tuple[Prevention, ...]:
        """All, also after an early end: then it is said of which nothing is known."""
        left = self._candidates[len(self._done) :]
        return among((*self._done, *(self._undecided(each, self._ended) for each in left)))

    @property
    def without(self) -> tuple[str, ...]:
        """Failed tests that no known change may mend."""
        return tuple(name for name in self._failed if not any(name in each.tests for each in self._candidates))

    def run(self, repeat: Repeat, say: Say, until: float | None) -> None:
        """`until`: of `time.monotonic`; None: no limit.

        Raises `LeftBehind`. No other error, a defect included, changes a verdict: the changes are then not decided.
        """
        try:
            self._before(repeat, until)
            for number, each in enumerate(self._candidates, 1):
                say(f"prevention {number} of {len(self._candidates)}: {each.name}")
                self._done.append(self._try(number, each, repeat, until))
        except LeftBehind:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the battery's verdict is there
            self._ended = own_failure(error)
            say(f"The preventions ended early: {self._ended}")

    def _before(self, repeat: Repeat, until: float | None) -> None:
        """With the pair's own files, up to as many trials as with each change that can be tried."""
        for name in dict.fromkeys(name for each in self._candidates if not each.unreachable for name in each.tests):
            missing = self._trials - self._failed[name].trials
            if missing <= 0:
                continue
            if _late(until, self._cost_s((name,), missing)):
                self._failed[name] = self._failed[name].plus(Counted(why=NO_TIME))
                continue
            again = self._counted(self._own, name, missing, f"{name} again", repeat)
            self._failed[name] = self._failed[name].plus(again)

    def _try(self, number: int, candidate: Candidate, repeat: Repeat, until: float | None) -> Prevention:
        if _late(until, CHANGED_S + self._cost_s(candidate.tests, self._trials)):
            return self._undecided(candidate, NO_TIME)
        try:
            subject = changed(self._prepared, candidate, self._names(candidate), f"with-{number}")
        except (UsageError, EnvironmentProblem) as error:
            return self._undecided(candidate, str(error))
        tests = tuple(self._repeated(subject, candidate, name, repeat, until) for name in candidate.tests)
        found = replace(self._undecided(candidate, ""), word=overall(tests), tests=tests)
        return self._with_the_others(found, subject, candidate, repeat, until) if found.word == "helps" else found

    def _repeated(
        self, subject: Subject, candidate: Candidate, name: str, repeat: Repeat, until: float | None
    ) -> Repeated:
        before = self._failed[name]
        if before.why:
            return repeated(name, before, Counted())
        if _late(until, self._cost_s((name,), self._trials)):  # the tests before it took longer than usual
            return repeated(name, before, Counted(why=NO_TIME))
        used = uses(subject.prepared.pair)
        if depends(name, used):
            return repeated(name, before, Counted(why=shows_nothing(name, used)))
        after = self._counted(subject, name, self._trials, f"{name}: {candidate.name}", repeat)
        return repeated(name, before, after)

    def _with_the_others(
        self, found: Prevention, subject: Subject, candidate: Candidate, repeat: Repeat, until: float | None
    ) -> Prevention:
        """Each test that held before, once: one failure is a failure, as in the battery."""
        but, unknown = list[str](), list[str]()
        used = uses(subject.prepared.pair)
        for name in self._others(candidate):
            if depends(name, used) or _late(until, self._cost_s((name,), 1)):
                unknown.append(name)
                continue
            seen = self._counted(subject, name, 1, f"{name}: {candidate.name}", repeat)
            but += [name] if seen.failed and not seen.why else []
            unknown += [name] if seen.why else []
        return replace(found, but=tuple(but), unknown=tuple(unknown))

    def _counted(self, subject: Subject, name: str, trials: int, called: str, repeat: Repeat) -> Counted:
        try:
            seen = repeat(subject, self._test(subject, name), trials, called)
        except (NotMeasured, AgentError) as problem:  # of this test with this change: the next one may be measured
            return Counted(why=str(problem))
        return counted(seen.tried, seen.unsteady)

    def _cost_s(self, names: Iterable[str], trials: int) -> float:
        unsteady = [name for name, seen in self._failed.items() if seen.unsteady]
        return cost_s(self._prepared, names, trials, unsteady)

    def _test(self, subject: Subject, name: str) -> GateTest:
        return next(test for test in subject.prepared.tests if test.name == name)

    def _others(self, candidate: Candidate) -> tuple[str, ...]:
        """Not the pair at rest: every trial begins with that."""
        return tuple(name for name in self._held if name not in (AT_REST, *candidate.tests))

    def _names(self, candidate: Candidate) -> tuple[str, ...]:
        return (*candidate.tests, *self._others(candidate))

    def _undecided(self, candidate: Candidate, why: str) -> Prevention:
        tests = tuple(repeated(name, self._failed[name], Counted(why=why)) for name in candidate.tests)
        return Prevention(candidate.name, "not decided", candidate.changes(self._prepared.pair.site), tests)


def _late(until: float | None, needs_s: float) -> bool:
    return until is not None and monotonic() + needs_s > until
