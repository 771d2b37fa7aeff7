"""The model against the lab: every recorded trial, done again, has the same owners, announcements and caches."""

import pytest

from harness.model import ops
from harness.simulation.replay import _explains
from tests.unit.simulation.broken import BROKEN
from tests.unit.simulation.replayed import RECORDINGS, differences, replays

MOST_APART_MS = 50.0
RACES = {"rival", "group_reboot"}
"""Alike only with timers as late as recorded: which advert is first after the heal; 57 ms of lateness in 15 adverts."""
LONG = "a standby steps back with an announcement"
"""It announces itself again and again until the replay ends: half a minute."""
NOTICED = {rule: broken for rule, broken in BROKEN.items() if broken.shown_by}
CASES = [(name, guided) for name in RECORDINGS for guided in (False, True) if guided or name not in RACES]


@pytest.mark.parametrize(
    "name, guided",
    CASES,
    ids=[f"{name}-{'as late as recorded' if guided else 'on time'}" for name, guided in CASES],
)
def test_the_model_does_what_the_lab_did(name: str, *, guided: bool) -> None:
    for replay in replays(name, guided=guided):
        assert list(map(str, replay.differences)) == []
        assert all(abs(apart) <= MOST_APART_MS for apart in replay.apart_ms)


def test_the_recordings_have_something_to_say() -> None:
    """A comparison of two silences would agree, too."""
    announced = sum(len(replay.apart_ms) for name in RECORDINGS for replay in replays(name, guided=True))
    assert announced >= 40


def test_most_rules_are_noticed() -> None:
    assert len(NOTICED) >= 30


@pytest.mark.parametrize("rule", [pytest.param(rule, marks=[pytest.mark.nightly] * (rule == LONG)) for rule in NOTICED])
def test_a_broken_rule_shows_in_its_recording(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, attribute, instead, shown_by = NOTICED[rule]
    monkeypatch.setattr(owner, attribute, instead)
    assert differences(shown_by)


def test_only_an_op_that_is_modelled_explains_a_fault() -> None:
    assert _explains(ops.ServiceRestart("lb-ext-1", "haproxy")) == "lb-ext-1"
    assert _explains(ops.ServiceKilled("lb-ext-1")) == "lb-ext-1"
    assert _explains(ops.ServiceDown("lb-ext-1", "mariadb")) == ""
    assert _explains(ops.Signal("lb-ext-1", "mariadb")) == ""
