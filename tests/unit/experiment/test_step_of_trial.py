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
from harness.model.errors import BadValue
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
