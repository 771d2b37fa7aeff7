"""What a finished battery showed is told, whatever fails after it. What a lab would show is given."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from importlib import import_module
from math import inf
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs

from harness.experiment.session import Session
from harness.gate.afterwards import Afterwards
from harness.gate.attempt import Attempt, Subject
from harness.gate.battery import AT_REST, GateTest
from harness.gate.files import configuration
from harness.gate.foreseen import Foretold
from harness.gate.gate import judge
from harness.gate.prepare import Wish, prepare, seconds
from harness.gate.report import GateReport, Tried
from harness.gate.run import REPEATS, Battery, Repeat
from harness.model.errors import AgentError, EnvironmentProblem, HarnessError, LeftBehind, NotMeasured
from harness.model.foreseen import Foreseen, ForeseenTest, Worst
from tests.recorded_sites import recorded
from tests.unit.gate.test_verdict import tried

WISH = Wish(only=("haproxy-killed",), preventions=3)
PREPARED = prepare(recorded("forum-no-check"), WISH)
FULL = OSError(28, "No space left on device")


class Told(Battery):
    """The battery is done, and `failed`. `repeat` raises as the machine does; so does the end, if `ends`."""

    complete_first, ends, error, unsteady_trials = True, False, Exception(), 0

    def run(self, tests: Iterable[GateTest], trials: int, then: Callable[[Repeat], None] = lambda _: None) -> None:
        assert tests
        assert trials == 1
        self.tried += [tried(AT_REST), tried("haproxy-killed", "failed", "it was down")]
        self.unsteady, self.complete = {"haproxy-killed": self.unsteady_trials}, self.complete_first
        then(_full)
        if self.ends or not self.complete:
            raise self.error


def _full(*_: object) -> Attempt:
    raise FULL


def judged(
    monkeypatch: pytest.MonkeyPatch,
    *,
    complete: bool = True,
    ends: bool = False,
    error: Exception = FULL,
    wish: Wish = WISH,
) -> GateReport:
    gate = import_module("harness.gate.gate")
    monkeypatch.setattr(gate, "site_lab", lambda *_: nullcontext())
    monkeypatch.setattr(gate, "_still_there", lambda _: "")
    monkeypatch.setattr(gate, "Battery", Told)
    monkeypatch.setattr(Told, "complete_first", complete)
    monkeypatch.setattr(Told, "ends", ends)
    monkeypatch.setattr(Told, "error", error)
    return judge(PREPARED, wish, Path("site"), lambda _: None)


def test_a_full_disk_while_changes_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    report = judged(monkeypatch)
    assert (report.verdict, report.sentence, report.left_behind) == ("UNSAFE", "it was down", "")
    assert [each.word for each in report.preventions] == ["not decided"]
    assert "No space left on device" in report.preventions[0].tests[0].why


def test_a_defect_before_any_change_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(*_: object) -> None:
        raise ZeroDivisionError("it divides")

    monkeypatch.setattr(import_module("harness.gate.afterwards"), "failing", defect)
    report = judged(monkeypatch)
    assert (report.verdict, report.preventions) == ("UNSAFE", ())
    assert report.not_tried[-1].startswith("preventions: our own failure, in test_judging.py, line ")
    assert report.not_tried[-1].endswith(": ZeroDivisionError: it divides")


def test_a_full_disk_when_the_outcome_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then passwords may not have been replaced, either."""
    report = judged(monkeypatch, ends=True)
    assert (report.verdict, report.exit_code) == ("UNSAFE", 4)
    assert "No space left on device. runs/gate-" in report.left_behind
    assert report.left_behind.endswith(" may be incomplete and have passwords of the site")


@pytest.mark.parametrize("unsteady, why", [(0, "No space left"), (1, "no time within the budget")])
def test_the_time_of_changes_follows_from_what_the_battery_showed(
    monkeypatch: pytest.MonkeyPatch, unsteady: int, why: str
) -> None:
    """A pair that does not come to rest needs more time than there is; else the lab is asked."""
    monkeypatch.setattr(Told, "unsteady_trials", unsteady)
    report = judged(monkeypatch, wish=WISH._replace(budget_s=60))
    assert why in report.preventions[0].tests[0].why


def test_the_battery_keeps_how_often_the_pair_did_not_come_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Attempt(tried("haproxy-killed", "failed", "Pair not steady"), 1)
    monkeypatch.setattr(import_module("harness.gate.run"), "attempt", lambda *_, **__: seen)
    own = Subject(PREPARED, configuration("own", PREPARED.pair.site, PREPARED.place.names))
    battery = Battery("no-lab", own, Path("runs"), lambda _: None)
    battery._each(cast(Session, None), [PREPARED.tests[1]], 1)
    assert battery.unsteady == {"haproxy-killed": 1}


def test_a_fault_that_never_happened_fails_no_test_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """After HAProxy hung, which does not decide, the pair never comes to rest: no power, no cable was cut."""
    hung, cut, link = (
        Attempt(tried("haproxy-hung", decides=False), 0),
        Attempt(tried("power-cut", "failed", "Pair not steady"), 1, inherited=1, broke=False),
        Attempt(tried("link-down", "failed", "Pair not steady"), 1, inherited=1, broke=False),
    )
    seen, told = iter((hung, cut, link)), list[str]()

    def attempt(*_: object, after: str = "") -> Attempt:
        told.append(after)
        return next(seen)

    monkeypatch.setattr(import_module("harness.gate.run"), "attempt", attempt)
    own = Subject(PREPARED, configuration("own", PREPARED.pair.site, PREPARED.place.names))
    battery = Battery("no-lab", own, Path("runs"), lambda _: None)
    every = {test.name: test for test in prepare(recorded("forum-no-check"), Wish()).tests}
    undecided = every["vip-deleted"]._replace(name="haproxy-hung", about="HAProxy hangs", decides=False)
    battery._each(cast(Session, None), [undecided, every["power-cut"], every["link-down"]], 1)
    assert [each.verdict for each in battery.tried] == ["held", "not measured", "not measured"]
    assert told == ["", "HAProxy hangs", "HAProxy hangs"]


BUSY = Attempt(tried("power-cut", "not measured", "the machine was too busy"), 0, busy=True)
HELD = Attempt(tried("power-cut"), 0)
STANDS = BUSY._replace(tried=structs.replace(BUSY.tried, failed=1))


class Attempts:
    """In the place of `attempt`: what comes, and with what each was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *come: Attempt) -> None:
        self.left, self.asked = list(come), list[tuple[str, str, bool]]()
        monkeypatch.setattr(import_module("harness.gate.run"), "attempt", self)

    def __call__(
        self, _session: object, _subject: object, test: GateTest, _wanted: int, **of: Attempt | str | None
    ) -> Attempt:
        self.asked.append((test.name, str(of["after"]), of.get("before") is not None))
        return self.left.pop(0)


def battery(tests: Iterable[GateTest], until: float = inf) -> Battery:
    own = Subject(PREPARED, configuration("own", PREPARED.pair.site, PREPARED.place.names))
    made = Battery("no-lab", own, Path("runs"), lambda _: None, until)
    made._each(cast(Session, None), tests, 1)
    return made


@pytest.mark.parametrize(
    "comes, until, seen",
    [
        ([BUSY, HELD], inf, ["held"]),
        ([BUSY, BUSY, HELD], inf, ["held"]),
        ([BUSY] * (1 + REPEATS), inf, ["not measured"]),
        ([BUSY], 0.0, ["not measured"]),  # the budget has no time
        ([BUSY._replace(busy=False)], inf, ["not measured"]),  # the machine is not why
        ([STANDS], inf, ["not measured"]),  # a repeat would hide it
        ([HELD._replace(busy=True)], inf, ["held"]),
    ],
)
def test_what_a_busy_machine_spoilt_is_repeated(
    monkeypatch: pytest.MonkeyPatch, comes: list[Attempt], until: float, seen: list[str]
) -> None:
    given = Attempts(monkeypatch, *comes)
    assert [each.verdict for each in battery([PREPARED.tests[1]], until).tried] == seen
    assert not given.left


def test_a_repeat_knows_what_the_attempt_before_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    given, test = Attempts(monkeypatch, BUSY, HELD), PREPARED.tests[1]
    battery([test])
    assert given.asked == [(test.name, "", False), (test.name, test.about, True)]


def test_the_repeats_of_all_tests_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Attempts(monkeypatch, *[BUSY] * 99)
    battery([PREPARED.tests[1]] * 3)
    assert len(given.asked) == 3 + REPEATS


def test_a_repeat_leaves_time_for_the_tests_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is time for three tests and not for four."""
    each, given = PREPARED.tests[1], Attempts(monkeypatch, *[BUSY] * 99)
    clock = iter(range(99))
    monkeypatch.setattr(import_module("harness.gate.run"), "monotonic", lambda: next(clock) * seconds(each))
    battery([each] * 3, until=2.5 * seconds(each))
    assert len(given.asked) == 3


@pytest.mark.parametrize("error", [AgentError("the agent fell silent"), EnvironmentProblem("no engine")])
def test_a_battery_that_an_error_of_the_lab_ends_tells_what_was_tried(
    monkeypatch: pytest.MonkeyPatch, error: HarnessError
) -> None:
    assert judged(monkeypatch, complete=False, error=error).verdict == "UNSAFE"


def test_a_defect_in_the_battery_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="No space left"):
        judged(monkeypatch, complete=False)


# -- the worst schedule that was foreseen


FORETOLD = Foretold(
    Foreseen((ForeseenTest("blip", 10, {}, 0.4, Worst("a blip", True, 0.4, {"VIP": None}, 4.5)),), worst="blip"),
    PREPARED.tests[1]._replace(name="blip", decides=False),
)


@pytest.mark.parametrize(
    "wish, told",
    [
        (Wish(), "failed 1 of 1 times: it was down"),
        (Wish(quick=True), "not tried: with --quick"),
        (Wish(only=("freeze",)), "not tried: with --only"),
        (Wish(budget_s=5), "not tried: no time within the budget"),
    ],
)
def test_the_lab_tries_the_worst_schedule_once_the_battery_is_done(wish: Wish, told: str) -> None:
    asked = []

    def repeat(_subject: Subject, test: GateTest, _wanted: int, name: str) -> Attempt:
        asked.append((test.name, name))
        return Attempt(tried("foreseen", "failed", "it was down", decides=False), 0)

    found = afterwards(wish, repeat)
    assert found.foreseen
    assert found.foreseen.lab.said == told
    assert asked == ([("foreseen", "foreseen")] if told.startswith("failed") else [])


@pytest.mark.parametrize("error", [NotMeasured("too few arrivals"), ZeroDivisionError("it divides")])
def test_no_error_of_the_worst_schedule_changes_a_verdict(error: Exception) -> None:
    def repeat(*_: object) -> Attempt:
        raise error

    found = afterwards(Wish(), repeat)
    assert found.verdict == "SAFE"
    assert found.foreseen
    assert found.foreseen.lab.verdict == "not measured"
    assert str(error) in found.foreseen.lab.why


def test_what_cannot_be_undone_is_told() -> None:
    def repeat(*_: object) -> Attempt:
        raise LeftBehind("a cable")

    with pytest.raises(LeftBehind):
        afterwards(Wish(), repeat)


def test_behind_a_pair_that_does_not_serve_at_rest_nothing_is_tried() -> None:
    found = afterwards(Wish(), _full, rest=tried(AT_REST, "failed", "nothing is served"))
    assert found.foreseen
    assert found.foreseen.lab.why == "the pair does not serve at rest"


def afterwards(wish: Wish, repeat: Repeat, rest: Tried | None = None) -> GateReport:
    own = Subject(PREPARED, configuration("own", PREPARED.pair.site, PREPARED.place.names))
    run = Battery("no-lab", own, Path("runs"), lambda _: None)
    run.tried.append(rest or tried(AT_REST))
    after = Afterwards(own, run, wish, lambda _: None, FORETOLD)
    after(repeat)
    return after.told(GateReport("SAFE", "it held"))
