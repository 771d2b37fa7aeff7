"""What a step asks of its lab, in order: marks, leases, plans, markers, and how long it waits for what."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness import faults, mitigations
from harness.experiment import trial as module
from harness.experiment.judge import StepResult
from harness.experiment.trial import InvalidTrial, Trial
from harness.lab import compose
from harness.model.errors import BadValue, TimedOut, UnknownName
from harness.model.events import AddressChanged, AnyEvent
from harness.model.ops import Plan
from harness.model.outcome import StepOutcome
from harness.model.units import ms, s

NOW = 100 * s
OUTCOME = StepOutcome("look", "watch", 2.0, None, {}, {})
JUDGED = cast("StepResult", SimpleNamespace(outcome=OUTCOME, step=None))


class Steps:
    """Lab and run in one. A plan is over one second after it was armed, an act at once."""

    topology = compose.topology()
    now_ns = NOW

    def __init__(self) -> None:
        self.did: list[tuple[object, ...]] = []
        self.listeners: list[Callable[[AnyEvent], None]] = []
        self.lab = self

    @property
    def view(self) -> SimpleNamespace:
        return SimpleNamespace(now=self.now_ns)

    def now(self) -> int:
        return self.now_ns

    def mark(self, name: str, trial: int, step: str) -> None:
        self.did.append((name, trial, step))

    def lease(self, targets: tuple[str, ...], _plan: Plan) -> None:
        self.did.append(("lease", *targets))

    def arm(self, plan: Plan) -> int:
        self.did.append(("arm", *map(str, (part.op for part in plan.parts))))
        return 7

    def act(self, plan: Plan) -> int:
        self.did.append(("act", *map(str, (part.op for part in plan.parts))))
        return self.now_ns

    def measure(self, points: tuple[tuple[str, str], ...], rate_hz: int) -> None:
        self.did.append(("markers", points, rate_hz))

    def unfinished(self, number: int, _plan: Plan) -> str:
        return "" if self.now_ns > NOW else f"plan {number}"

    def wait(self, _awaited: str, unmet: Callable[[], str], seconds: float) -> None:
        assert unmet() == "plan 7"
        self.now_ns += s
        assert unmet() == ""
        self.did.append(("wait", seconds))

    def wait_until(self, instant_ns: int) -> None:
        self.did.append(("until", instant_ns - NOW))

    def history(self) -> None:
        return None


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def trial(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> Trial:
    monkeypatch.setattr(module, "judge", lambda *_: JUDGED)
    monkeypatch.setattr(module, "invalidity", lambda *_: ((), "instruments"))
    return Trial(cast("Any", steps), 3, lambda _: None)


def test_a_look_lasts_as_long_as_its_watch(steps: Steps, trial: Trial) -> None:
    assert trial.step("look", watch=2 * s) is JUDGED
    assert steps.did == [("step_begin", 3, "look"), ("until", 2 * s), ("step_end", 3, "look")]
    assert trial.steps == [OUTCOME]


def test_an_act_needs_no_lease(steps: Steps, trial: Trial) -> None:
    trial.step("act", mitigations.announce(), watch=2 * s)
    assert [what for what, *_ in steps.did] == ["step_begin", "act", "until", "step_end"]


def test_a_mitigation_that_is_taken_back_by_itself_is_leased_as_a_fault_is(steps: Steps, trial: Trial) -> None:
    trial.step("back", mitigations.fail_over("lb-ext-1", duration=5 * s), watch=2 * s)
    assert [what for what, *_ in steps.did] == ["step_begin", "lease", "arm", "wait", "until", "step_end"]


def test_a_fault_is_leased_shown_by_markers_until_100_ms_after_it_and_then_watched(steps: Steps, trial: Trial) -> None:
    """Markers through each of its drops bracket its end, too. It may end 20 s late: then something has stopped."""
    trial.step("blip", faults.blackhole("trunk", duration=800 * ms), watch=2 * s)
    points = (("trunk.b", "ingress"), ("trunk.a", "ingress"))
    assert steps.did == [
        ("step_begin", 3, "blip"),
        ("lease", "trunk"),
        ("markers", points, 500),
        ("arm", "drop trunk.b ingress", "drop trunk.a ingress"),
        ("wait", 20.8),
        ("until", s + 100 * ms),
        ("markers", (), 0),
        ("until", 3 * s),
        ("step_end", 3, "blip"),
    ]


def test_where_nothing_is_dropped_there_are_no_markers(steps: Steps, trial: Trial) -> None:
    """No marker passes without a carrier, and every one where only announcements do not. No end: awaited for 20 s."""
    for fault in (faults.link_down("gw-1.external"), faults.arp_ignored("gw-1"), faults.garp_lost("gw-2")):
        steps.now_ns = NOW
        trial.step("fault", fault, watch=2 * s)
    assert {what for what, *_ in steps.did} == {"step_begin", "lease", "arm", "wait", "until", "step_end"}
    assert [seconds for what, *seconds in steps.did if what == "wait"] == [[20.0]] * 3


def test_what_an_earlier_step_holds_stays_leased(steps: Steps, trial: Trial) -> None:
    for target in ("gw-1.external", "gw-2.external", "gw-1.external"):
        steps.now_ns = NOW
        trial.step("fault", faults.link_down(target), watch=2 * s)
    leases = [leased for what, *leased in steps.did if what == "lease"]
    assert leases == [["gw-1.external"], ["gw-1.external", "gw-2.external"], ["gw-1.external", "gw-2.external"]]


@pytest.mark.parametrize("watch", [0, -1])
def test_a_watch_of_nothing_is_refused_before_anything_is_done(steps: Steps, trial: Trial, watch: int) -> None:
    with pytest.raises(BadValue, match=f"watch is {watch}; valid is a positive number of nanoseconds"):
        trial.step("look", watch=watch)
    assert steps.did == []
    trial.step("look", watch=1)


def test_a_step_is_at_work_until_it_is_judged(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error inside is ours or the lab's, whatever the test would say of it; one after it is the test's own."""
    assert (trial.phase, trial.steady, trial.stepping) == ("waiting for steady state", False, False)
    seen: list[tuple[str, bool]] = []
    monkeypatch.setattr(trial, "_step", lambda *_: seen.append((trial.phase, trial.stepping)))
    trial.step("look", watch=s)
    assert seen == [("instruments", True)]
    assert not trial.stepping


def test_a_step_that_measures_nothing_ends_its_trial(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "invalidity", lambda *_: (("late", "lost"), "before the fault"))
    with pytest.raises(InvalidTrial, match="late; lost"):
        trial.step("look", watch=s)
    assert (trial.invalid, trial.phase, trial.steps) == (("late", "lost"), "before the fault", [OUTCOME])


class Happening(Steps):
    """A run in which events happen while it waits, one at each look; a plan is over at the look after it was armed."""

    def __init__(self, *events: AnyEvent) -> None:
        super().__init__()
        self._events = list(events)
        self._armed: dict[int, int] = {}

    def arm(self, plan: Plan) -> int:
        super().arm(plan)
        number = len(self._armed)
        self._armed[number] = 0
        return number

    def unfinished(self, number: int, _plan: Plan) -> str:
        self._armed[number] += 1
        return "" if self._armed[number] > 1 else f"plan {number}"

    def wait(self, awaited: str, unmet: Callable[[], str], seconds: float) -> None:
        self.did.append(("wait", awaited, seconds))
        while unmet():
            self.now_ns += s
            for event in self._events[:1]:
                for listener in self.listeners:
                    listener(event)
            del self._events[:1]


def happening(monkeypatch: pytest.MonkeyPatch, *events: AnyEvent) -> tuple[Happening, Trial]:
    monkeypatch.setattr(module, "judge", lambda *_: JUDGED)
    monkeypatch.setattr(module, "invalidity", lambda *_: ((), "instruments"))
    run = Happening(*events)
    return run, Trial(cast("Any", run), 3, lambda _: None)


def takes(node: str) -> AddressChanged:
    return AddressChanged(NOW + s, node, "10.77.0.100", "lan0", present=True)


def test_a_part_after_an_event_is_armed_once_it_has_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    run, trial = happening(monkeypatch, takes("lb-ext-1"), takes("lb-ext-2"))
    down = faults.link_down("gw-1.external", duration=s)
    late = faults.after("takes(lb-ext-2)", faults.link_down("gw-2.external", duration=s))
    trial.step("both", down & late, watch=s)
    armed = [each for each in run.did if each[0] == "arm"]
    assert armed == [("arm", "link down gw-1.external"), ("arm", "link down gw-2.external")]
    assert ("lease", "gw-1.external", "gw-2.external") in run.did
    assert run.listeners == [], "no listener stays behind"


def test_a_part_whose_event_does_not_come_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    run, trial = happening(monkeypatch)
    late = faults.after("takes(lb-ext-2)", faults.link_down("gw-2.external", duration=s), within=5 * s)
    with pytest.raises(TimedOut, match=r"waiting for takes\(lb-ext-2\)"):
        trial.step("late", late, watch=s)
    assert run.listeners == []


def stopping(monkeypatch: pytest.MonkeyPatch, *met: bool) -> list[bool]:
    """What the condition says, look by look; what is left of it."""
    said = list(met)

    class Said:
        condition = "success < 0.5"

        def __init__(self, *_: object) -> None: ...

        def met(self) -> bool:
            return said.pop(0) if said else False

    monkeypatch.setattr(module, "Stopping", Said)
    return said


class Undoing(Happening):
    def undo(self) -> None:
        self.did.append(("undo",))

    def left(self, instant_ns: int) -> str:
        return "some are left" if self.now_ns < instant_ns else ""


def undoing(monkeypatch: pytest.MonkeyPatch) -> tuple[Undoing, Trial]:
    happening(monkeypatch)
    run = Undoing()
    return run, Trial(cast("Any", run), 3, lambda _: None)


def test_a_condition_that_is_met_undoes_the_fault_and_the_watch_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run, trial = undoing(monkeypatch)
    stopping(monkeypatch, False, True)
    trial.step("risky", faults.link_down("gw-1.external", duration=60 * s), watch=2 * s, stop_when="success < 0.5")
    did = [each[0] for each in run.did]
    assert did.count("undo") == 1
    assert ("stopped", 3, "success < 0.5") in run.did
    assert did.index("undo") < did.index("until") < did.index("step_end")


def test_one_that_is_met_in_the_watch_undoes_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    run, trial = undoing(monkeypatch)
    stopping(monkeypatch, False, False, False, True)
    trial.step("held", faults.link_down("gw-1.external"), watch=30 * s, stop_when="success < 0.5")
    did = [each[0] for each in run.did]
    assert did.count("undo") == 1
    assert did.index("arm") < did.index("undo") < did.index("until")


def test_one_that_is_not_met_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run, trial = undoing(monkeypatch)
    stopping(monkeypatch)
    trial.step("safe", faults.link_down("gw-1.external", duration=s), watch=2 * s, stop_when="success < 0.5")
    assert ("undo",) not in run.did


def test_what_is_no_condition_is_refused_before_anything_starts(steps: Steps, trial: Trial) -> None:
    for text, error in (("success", BadValue), ("owners(nobody) > 1", UnknownName)):
        with pytest.raises(error):
            trial.step("risky", faults.link_down("gw-1.external"), watch=s, stop_when=text)
    assert steps.did == []


def test_two_steps_of_a_trial_have_two_names(trial: Trial) -> None:
    """The history tells steps by their names: two of one name would be judged as one, from the first one's begin on."""
    trial.step("look", watch=2 * s)
    with pytest.raises(BadValue, match="name is 'look'; valid is a name that no earlier step of the trial has"):
        trial.step("look", watch=2 * s)


def patience(run: Happening) -> list[tuple[str, float]]:
    """What it waited for, and for how many seconds at most."""
    return [(str(each[1]), cast("float", each[2])) for each in run.did if each[0] == "wait"]


def test_a_watch_under_a_condition_may_last_20_s_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """By our own clock, which only guards: then no event has come that moves the lab's."""
    run, trial = undoing(monkeypatch)
    stopping(monkeypatch)
    trial.step("safe", faults.link_down("gw-1.external", duration=s), watch=2 * s, stop_when="success < 0.5")
    assert patience(run)[-1] == ("the stop condition", 22.0)
    trial._watch(run.now_ns - 5 * s)
    assert patience(run)[-1] == ("the stop condition", 20.0), "its end has passed"


@pytest.mark.parametrize(
    "own_s, later_s, seconds",
    [(1, 3, 28.0), (1, None, 25.0), (60, 3, 80.0), (None, 3, 28.0)],
)
def test_a_part_after_an_event_gets_the_time_of_its_event_and_its_own(
    monkeypatch: pytest.MonkeyPatch, own_s: int | None, later_s: int | None, seconds: float
) -> None:
    """5 s for the event; what is held until undone is awaited until it begins. And 20 s for all."""
    run, trial = happening(monkeypatch, takes("lb-ext-2"))
    own, later = (None if each is None else each * s for each in (own_s, later_s))
    down = faults.link_down("gw-1.external", duration=own)
    after = faults.after("takes(lb-ext-2)", faults.link_down("gw-2.external", duration=later), within=5 * s)
    trial.step("both", down & after, watch=s)
    assert [each for _, each in patience(run)] == [seconds]
