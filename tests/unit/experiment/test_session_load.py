"""What a session's load is and becomes, what it awaits after a restart and for how long, where it keeps its run."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, cast

import pytest
from msgspec.structs import replace

from harness.experiment import session as module
from harness.experiment.session import Session, asked_at
from harness.lab import baseline, compose
from harness.lab.configure import Configured
from harness.model.configuration import Configuration
from harness.model.load import BACKGROUND, CONNECTED, HEALTH, PROBE, QUIET, StreamSetting
from harness.model.protocol import Greeting
from harness.model.requests import Stream
from harness.model.running_keepalived import RunningKeepalived

DEFAULT = Configuration.load("default")


class World:
    """Lab, engine, load, run and view in one. `restarted`: by a configuration; `answering`: who is back."""

    topology = compose.topology()
    name = "world"

    def __init__(self) -> None:
        self.docker = self.view = self
        self.set_: dict[Stream, StreamSetting] = {}
        self.streams: dict[Stream, StreamSetting] = {}
        self.waits: list[tuple[str, float, str]] = []
        self.restarted: tuple[tuple[str, str], ...] = ()
        self.answering: set[str] = set()
        self.services = {("db-1", "mariadb"): "the process before"}
        self.running: dict[str, RunningKeepalived] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...
    def close(self) -> None: ...
    def reset(self) -> None: ...
    def mark(self, name: str, step: str) -> None: ...

    def version(self) -> dict[str, str]:
        return {"Version": "1"}

    def agent(self, _name: str) -> Self:
        return self

    def hello(self) -> Greeting:
        return Greeting(1, "hand", 1, "boot", 0, (), (), (), ())

    def set(self, stream: Stream, setting: StreamSetting) -> None:
        self.set_[stream] = setting

    def configure(self, _lab: object, configuration: Configuration) -> Configured:
        files = {node: configuration.render(self.topology, node) for node in ("lb-ext-1", "lb-ext-2")}
        return Configured(files, cast("Any", self.restarted))

    def wait(self, awaited: str, unmet: Callable[[], str], seconds: float) -> None:
        self.waits.append((awaited, seconds, unmet()))

    def answers_again(self, node: str, before: object) -> bool:
        assert before == self.services.get((node, "mariadb"))
        return node in self.answering

    def untold(self, before: dict[str, object]) -> list[str]:
        return list(before)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    for name in ("Lab", "open_load", "Run"):
        monkeypatch.setattr(module, name, lambda *_: world)
    monkeypatch.setattr(module, "engine_versions", lambda _engine: {})
    monkeypatch.setattr(module, "configure", world.configure)
    monkeypatch.setattr(module, "programs", lambda *_: {})
    monkeypatch.setattr(baseline, "amend", lambda *_: None)
    return world


def session(folder: Path | None) -> Session:
    return Session("june_13", "world", folder, lambda _: None)


def test_a_lab_that_nobody_measures_is_probed_20_times_a_second_and_asked_nothing_else(
    world: World, tmp_path: Path
) -> None:
    """Enough for its state to be seen, and for an idle machine to stay idle."""
    with session(tmp_path / "run") as opened:
        opened.begin_test("test_it", "gate", DEFAULT, 1)
    others = dict.fromkeys((Stream.connected, Stream.background, Stream.health), QUIET)
    assert world.set_ == others | {Stream.probe: replace(PROBE, rate_hz=20)}


@pytest.mark.parametrize(
    "rates, changed",
    [
        (None, {}),
        ({}, {}),
        ({"background": 3.0, "probe": 7.0}, {Stream.background: 3.0, Stream.probe: 7.0}),
    ],
)
def test_a_test_has_the_usual_load_but_for_what_it_names(
    world: World, tmp_path: Path, rates: dict[str, float] | None, changed: dict[Stream, float]
) -> None:
    usual = {Stream.probe: PROBE, Stream.connected: CONNECTED, Stream.background: BACKGROUND, Stream.health: HEALTH}
    with session(tmp_path / "run") as opened:
        opened.begin_test("test_it", "gate", DEFAULT, 1, rates)
        assert world.streams == usual | {each: replace(usual[each], rate_hz=hz) for each, hz in changed.items()}


@pytest.mark.parametrize("port, target", [(0, ""), (8080, ":8080")])
def test_health_checks_go_the_customers_way_or_to_a_port_of_their_own(port: int, target: str) -> None:
    assert asked_at(port) == replace(HEALTH, target=target)


def test_what_was_restarted_is_awaited_and_nothing_else(world: World, tmp_path: Path) -> None:
    """A database reads its files for up to half a minute; keepalived is asked for its settings up to five times."""
    world.restarted = (("db-1", "mariadb"), ("db-2", "mariadb"), ("lb-ext-1", "keepalived"), ("lb-ext-1", "haproxy"))
    world.answering = {"db-2"}
    with session(tmp_path / "run") as opened:
        opened.begin_test("test_it", "gate", DEFAULT, 1)
    assert world.waits == [
        ("databases", 30.0, "no answer from db-1 since the restart"),
        ("keepalived's settings", 10.0, "lb-ext-1"),
    ]


def test_where_nothing_was_restarted_nothing_is_missing(world: World, tmp_path: Path) -> None:
    with session(tmp_path / "run") as opened:
        opened.begin_test("test_it", "gate", DEFAULT, 1)
    assert [missing for _, _, missing in world.waits] == ["", ""]


def test_a_run_has_a_folder_of_its_own_or_the_one_that_is_named(tmp_path: Path) -> None:
    assert session(tmp_path).folder == tmp_path
    assert re.fullmatch(r"runs/june_13-\d{8}-\d{6}", str(session(None).folder))


def test_a_session_is_not_interrupted_before_it_is(world: World, tmp_path: Path) -> None:
    with session(tmp_path / "run") as opened:
        assert not opened.outcome().sentence.startswith("Interrupted")
