"""The model against the lab: every recorded trial, done again, has the same owners, announcements and caches."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from harness.history import History, store
from harness.search.follows import reader
from harness.simulation.conformance import Conformance, conformance
from harness.simulation.instance import Instance
from harness.simulation.layer2 import Layer2
from harness.simulation.netlink import Netlink
from harness.simulation.nodes import Nodes
from harness.simulation.replay import of_files
from harness.simulation.settings import Settings

DATA = Path(__file__).parents[2] / "data"
RECORDINGS = sorted(folder.name for folder in DATA.iterdir() if (folder / "run.json").exists())
MOST_APART_MS = 50.0
RACES = {"rival"}  # which advert comes first after the heal: only with timers as late as recorded it comes out alike


@cache
def recorded(name: str) -> tuple[History, dict[str, dict[str, tuple[Settings, ...]]]]:
    """The history, and configuration → node → what the model needs of its keepalived.conf."""
    folder = DATA / name
    settings = {
        configuration.name: of_files(
            {node.name: {file.name: file.read_text() for file in node.iterdir()} for node in configuration.iterdir()},
            reader({}),
        )
        for configuration in (folder / "configuration").iterdir()
    }
    return store.load(folder), settings


def replays(name: str, *, guided: bool) -> Iterator[Conformance]:
    history, settings = recorded(name)
    for trial in sorted({trial for trial, _ in history.steps}):
        first = next(step for step in history.steps if step[0] == trial)
        configuration = history.configuration(history.step(*first).began_ns)
        yield conformance(history, settings[configuration], trial, guided=guided)


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
    assert announced >= 20


def _never(*_arguments: object, **_options: object) -> None:
    return None


BROKEN = {
    "a standby steps back with an announcement": (Instance, "_step_back", lambda self, now: self.timer(now)),
    "a master that hears a rival says nothing": (Instance, "_rival", _never),
    "the skew does not count": (Instance, "skew_ns", lambda *_: 0),
    "an advert that is heard does not arm the timer": (Instance, "_hear_as_backup", _never),
    "an ignored advert starts a whole master-down": (Instance, "_accepts", lambda *_: True),
    "keepalived does not notice its carrier": (Netlink, "carrier", _never),
    "announcements planned for later are not sent": (Nodes, "later", _never),
    "nothing is announced": (Nodes, "announce", _never),
    "drops do not drop": (Layer2, "passes", lambda self, port, *_: not self.down[port]),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_shows_in_some_recording(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, method, instead = BROKEN[broken]
    monkeypatch.setattr(owner, method, instead)
    assert any(replay.differences for name in RECORDINGS for replay in replays(name, guided=True))
