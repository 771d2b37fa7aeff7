"""The order of trials, the budget, and what is said of what was not tried. What a lab would tell is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from time import monotonic

import pytest
from msgspec.structs import replace

from harness.gate.attempt import Attempt, Subject
from harness.gate.battery import AT_REST, GateTest
from harness.gate.files import configuration
from harness.gate.prepare import Wish, prepare
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.plan import announced, failing, most_s
from harness.gate.preventions.trying import Trying
from harness.gate.report import Tried
from harness.model.errors import AgentError, EnvironmentProblem, HarnessError, LeftBehind, NotMeasured, UsageError
from harness.model.prevention import Prevention
from tests.recorded_sites import recorded
from tests.unit.gate.test_verdict import tried as told


def subject(site: str, *tests: str) -> Subject:
    prepared = prepare(recorded(site), Wish(only=tests))
    return Subject(prepared, configuration("own", prepared.pair.site, prepared.place.names))


OWN = subject("forum-no-check", "haproxy-killed", "power-cut", "haproxy-hung")
RETURNS = subject("wiki-minimal", "return")  # for which two changes are known
WEAK = subject("clinic-small-weight", "haproxy-killed", "haproxy-hung")
PREPARED = OWN.prepared
BACK, HUNG = told("return", "failed", "down"), told("haproxy-hung", "failed", "down")
KILLED, REST, CUT = told("haproxy-killed", "failed", "down"), told(AT_REST), told("power-cut")


@dataclass
class Lab:
    """`fails`: names of repeated tests all of whose trials fail. `asked`: (name, trials), in turn.

    `error`: raised in the first test that is tried with a change, or `errs` "again", as it is.
    """

    fails: tuple[str, ...] = ()
    error: Exception | None = None
    errs: str = "with it"
    unsteady: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, subject: Subject, test: GateTest, wanted: int, name: str, /) -> Attempt:
        self.asked.append((name, wanted))
        if self.error and ("again" in name) == (self.errs == "again"):
            error, self.error = self.error, None
            raise error
        failed = wanted if name in self.fails else 0
        seen = told(test.name, "failed" if failed else "held")
        return Attempt(replace(seen, trials=wanted, failed=failed), self.unsteady)


@pytest.fixture(autouse=True)
def _taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """keepalived and HAProxy take each change."""
    take(monkeypatch, lambda: OWN)


def take(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Subject]) -> None:
    def changed(*_: object) -> Subject:
        return answer()

    monkeypatch.setattr(import_module("harness.gate.preventions.trying"), "changed", changed)


def refused(why: str) -> Callable[[], Subject]:
    def refuse() -> Subject:
        raise UsageError(why)

    return refuse


def run(
    lab: Lab,
    *every: Tried,
    left_s: float | None = None,
    own: Subject = OWN,
    unsteady: Mapping[str, int] | None = None,
) -> Trying:
    tried = every or (REST, KILLED, CUT)
    trying = Trying(own, tried, failing(tried, own.prepared, "UNSAFE"), 3, unsteady or {})
    trying.run(lab, lambda _: None, None if left_s is None else monotonic() + left_s)
    return trying


def only(trying: Trying) -> Prevention:
    (found,) = trying.found
    return found


AGAIN, WITH = "haproxy-killed again", "haproxy-killed: tracked check"


def test_a_failed_test_is_repeated_before_and_with_the_change_and_the_others_once() -> None:
    lab = Lab((AGAIN,))
    found = only(run(lab))
    assert lab.asked == [(AGAIN, 2), (WITH, 3), ("power-cut: tracked check", 1)]
    assert found.headline == "helps with haproxy-killed"
    assert found.lines[-1] == "helps: haproxy-killed: failed 3 of 3 times before, 0 of 3 with it"


def test_what_held_before_and_fails_with_it_is_said() -> None:
    found = only(run(Lab((AGAIN, "power-cut: tracked check"))))
    assert found.headline == "helps with haproxy-killed, but with it power-cut fails"


def test_what_does_not_help_is_not_tried_further() -> None:
    lab = Lab((AGAIN, WITH))
    assert only(run(lab)).word == "does not help"
    assert len(lab.asked) == 2


def test_a_failure_that_does_not_come_again_is_not_decided() -> None:
    assert only(run(Lab())).word == "not decided"


@pytest.mark.parametrize("left_s, asked", [(0, 0), (60, 1)])
def test_without_time_nothing_is_decided(left_s: float, asked: int) -> None:
    lab = Lab((AGAIN,))
    found = only(run(lab, left_s=left_s))
    assert (found.word, found.tests[0].why, len(lab.asked)) == ("not decided", "no time within the budget", asked)


def test_a_pair_that_does_not_come_to_rest_takes_longer() -> None:
    """Each of its trials may wait for steady state until the deadline."""
    lab = Lab((AGAIN,))
    found = only(run(lab, left_s=60, unsteady={"haproxy-killed": 1}))
    assert (found.tests[0].why, lab.asked) == ("no time within the budget", [])


@pytest.mark.parametrize("unsteady, asked", [(0, 2), (1, 1)])
def test_so_does_one_that_did_not_when_it_was_tried_again(unsteady: int, asked: int) -> None:
    lab = Lab((AGAIN,), unsteady=unsteady)
    run(lab, KILLED, left_s=150)
    assert len(lab.asked) == asked


def test_a_test_is_begun_with_a_change_only_if_there_is_time_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials of the one before it were repeated."""
    take(monkeypatch, lambda: WEAK)
    passed = iter([0.0] * 4)  # both tests before, the change, its first test
    trying = import_module("harness.gate.preventions.trying")
    monkeypatch.setattr(trying, "monotonic", lambda: monotonic() + next(passed, 1e6))
    first, *_ = run(Lab((AGAIN, "haproxy-hung again")), REST, KILLED, HUNG, left_s=1000, own=WEAK).found
    assert [(each.after_trials, each.why) for each in first.tests] == [(3, ""), (0, "no time within the budget")]


def test_a_change_that_the_programs_do_not_take_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    take(monkeypatch, refused("with it, harness lint finds: keepalived drops the line"))
    found = only(run(Lab((AGAIN,))))
    assert (found.word, found.tests[0].why) == ("not decided", "with it, harness lint finds: keepalived drops the line")


def test_for_a_change_that_the_lab_would_not_get_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Candidate, "unreachable", property(lambda _: "it changes /opt/it"))
    take(monkeypatch, refused("it changes /opt/it"))
    lab = Lab((AGAIN,))
    assert (only(run(lab)).tests[0].why, lab.asked) == ("it changes /opt/it", [])
    assert "  tracked check (not tried: it changes /opt/it)" in announced(PREPARED, 3)
    assert most_s(PREPARED, 3) == 0


def test_an_error_of_ours_decides_nothing() -> None:
    found = only(run(Lab((AGAIN,), AgentError("the agent fell silent"))))
    assert (found.word, found.tests[0].why) == ("not decided", "the agent fell silent")


@pytest.mark.parametrize("error", [NotMeasured("late"), AgentError("the agent fell silent")])
def test_an_error_of_one_change_ends_no_other(monkeypatch: pytest.MonkeyPatch, error: HarnessError) -> None:
    take(monkeypatch, lambda: RETURNS)
    first, second = run(Lab(("return again",), error), REST, BACK, own=RETURNS).found
    assert (first.word, first.tests[0].why) == ("not decided", str(error))
    assert second.word == "helps"


def test_where_several_changes_are_tried_their_number_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    take(monkeypatch, lambda: RETURNS)
    found = run(Lab(("return again",)), REST, BACK, own=RETURNS).found
    assert [each.lines[-1].partition("; ")[2] for each in found] == 2 * ["2 changes were tried for it"]


def test_an_error_before_any_change_ends_no_other_test(monkeypatch: pytest.MonkeyPatch) -> None:
    take(monkeypatch, lambda: WEAK)
    lab = Lab(("haproxy-hung again",), AgentError("the agent fell silent"), "again")
    *_, asks = run(lab, REST, KILLED, HUNG, own=WEAK).found
    assert (asks.name, asks.word) == ("chk_haproxy asks HAProxy", "helps")
    assert [name for name, _ in lab.asked if name.startswith("haproxy-killed")] == [AGAIN]


def test_a_change_that_could_not_be_examined_ends_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = iter([EnvironmentProblem("no answer")])

    def examined() -> Subject:
        for error in errors:
            raise error
        return RETURNS

    take(monkeypatch, examined)
    first, second = run(Lab(("return again",)), REST, BACK, own=RETURNS).found
    assert (first.word, first.tests[0].why, second.word) == ("not decided", "no answer", "helps")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ZeroDivisionError("a defect")])
def test_a_failure_of_the_machine_or_a_defect_takes_no_verdict_back(error: Exception) -> None:
    found = only(run(Lab((AGAIN,), error)))
    assert found.word == "not decided"
    assert found.tests[0].why.startswith("our own failure, in test_trying.py, line ")
    assert found.tests[0].why.endswith(f": {type(error).__name__}: {error}")


def test_what_is_left_behind_ends_the_gate() -> None:
    with pytest.raises(LeftBehind):
        run(Lab((AGAIN,), LeftBehind("a fault")))


def test_after_an_interrupt_each_change_is_told() -> None:
    trying = Trying(OWN, (REST, KILLED), (KILLED,), 3, {})
    assert [(each.word, each.tests[0].why) for each in trying.found] == [("not decided", "interrupted")]


def test_a_failure_for_which_no_change_is_known_is_named() -> None:
    cut = told("power-cut", "failed", "down")
    assert run(Lab((AGAIN,)), REST, KILLED, cut).without == ("power-cut",)


def test_of_a_pair_that_is_not_at_rest_for_reasons_of_the_lab_nothing_is_tried() -> None:
    rest = told(AT_REST, "failed", "not served")
    assert failing([rest], PREPARED, "INCONCLUSIVE") == []
    assert failing([rest], PREPARED, "UNSAFE") == [rest]
