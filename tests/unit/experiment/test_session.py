"""A session without a lab: what it closes, which configurations it takes for one, what it keeps of a test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from msgspec.structs import asdict, replace

from harness.experiment import session as module
from harness.experiment.session import Session, instances, preferred
from harness.history import store
from harness.lab import compose
from harness.lab.configure import Configured
from harness.model.configuration import Configuration
from harness.model.errors import AgentError, BadValue, NotMeasured, TimedOut
from harness.model.protocol import Greeting
from harness.model.requests import Stream
from harness.model.running_keepalived import RunningKeepalived
from harness.model.units import ms
from harness.recovery.capacity import Capacity
from tests.histories import running_instance

DEFAULT = Configuration.load("default")
PATH = "/etc/keepalived/keepalived.conf"


class Fakes:
    """Lab, load and run in one: what was called, in order. `broken`: what fails."""

    topology = compose.topology()
    name = "fake"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.broken: dict[str, BaseException] = {}
        self.docker = self.view = self
        self.services: dict[tuple[str, str], object] = {}
        self.preferred: dict[str, str] = {}
        self.instances: dict[tuple[str, str], str] = {}
        self.running: dict[str, RunningKeepalived] = {}

    def _did(self, what: str) -> None:
        self.calls.append(what)
        if what in self.broken:
            raise self.broken[what]

    def part(self, name: str) -> Callable[..., "Part"]:
        return lambda *_: Part(self, name)

    def configure(self, _lab: object, configuration: Configuration) -> Configured:
        self._did(f"configure {configuration.name}")
        files = {node: configuration.render(self.topology, node) for node in ("lb-ext-1", "lb-ext-2")}
        return Configured(files, ())

    def untold(self, _before: object) -> list[str]:
        return []

    def answers_again(self, _node: str, _before: object) -> bool:
        return False


class Part:
    def __init__(self, fakes: Fakes, name: str) -> None:
        self._fakes = fakes
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fakes, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._fakes._did(f"close {self._name}")

    def version(self) -> dict[str, str]:
        return {"Version": "1"}

    def agent(self, _name: str) -> Self:
        return self

    def hello(self) -> Greeting:
        return Greeting(1, "hand", 1, "boot", 0, (), (), (), ())

    def reset(self) -> None:
        self._fakes._did("reset")

    def set(self, stream: object, _setting: object) -> None:
        self._fakes._did("set")

    def mark(self, name: str, step: str = "") -> None:
        self._fakes._did(f"mark {step}")

    def full_load(self) -> None:
        self._fakes._did("full load")

    def next_trial(self) -> int:
        return 1

    def wait(self, awaited: str, _unmet: Callable[[], str], _seconds: float) -> None:
        self._fakes._did(f"wait {awaited}")


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    fakes = Fakes()
    docker = Part(fakes, "docker")
    fakes.docker = docker  # type: ignore[assignment]
    for name in ("Lab", "open_load", "Run"):
        monkeypatch.setattr(module, name, fakes.part(name))
    monkeypatch.setattr(module, "engine_versions", lambda _engine: {})
    monkeypatch.setattr(module, "configure", fakes.configure)
    monkeypatch.setattr(module, "programs", lambda *_: {"lb-ext-1": {"keepalived": "2.2.7"}})
    return fakes


def session(folder: Path) -> Session:
    return Session("june_13", "fake", folder / "run", lambda _: None)


def closed(fakes: Fakes) -> list[str]:
    return [call for call in fakes.calls if call.startswith("close")]


@pytest.mark.parametrize("what", ["", "reset", "set", "close Run"])
def test_everything_that_was_opened_is_closed_whatever_fails(fakes: Fakes, tmp_path: Path, what: str) -> None:
    fakes.broken = {what: AgentError("gone")}
    try:
        with session(tmp_path):
            pass
    except AgentError:
        assert what
    assert closed(fakes) == ["close Run", "close open_load", "close Lab"]


def test_what_was_opened_before_a_failed_start_is_closed(fakes: Fakes, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(FileExistsError), session(tmp_path):
        pass
    assert closed(fakes) == ["close open_load", "close Lab"]


def test_two_folders_of_one_name_are_two_configurations(fakes: Fakes, tmp_path: Path) -> None:
    """./a/pair and ./b/pair: the second is put in place too, and has a name of its own in the run's folder."""
    ours = replace(DEFAULT, name="pair")
    theirs = ours.with_vrrp("pair", advert_int=0.1)
    with session(tmp_path) as opened:
        for configuration in (ours, ours, theirs, ours):
            opened.begin_test("test_it", "gate", configuration, 1)
            opened.end_test()
    did = [call for call in fakes.calls if call.startswith(("configure", "mark"))]
    assert did == ["configure pair", "mark pair", "configure pair", "mark pair-2", "configure pair", "mark pair"]
    first, second = (store.configuration_path(tmp_path / "run", name, "lb-ext-1", PATH) for name in ("pair", "pair-2"))
    assert "advert_int 1.0" in first.read_text()
    assert "advert_int 0.1" in second.read_text()


@pytest.mark.parametrize("priorities, node", [((150, 100), "lb-ext-1"), ((100, 150), "lb-ext-2")])
def test_the_preferred_node_is_read_from_what_was_configured(
    fakes: Fakes, tmp_path: Path, priorities: tuple[int, int], node: str
) -> None:
    with session(tmp_path) as opened:
        opened.begin_test("test_it", "gate", DEFAULT.with_vrrp("ours", priorities=priorities), 1)
        assert opened.run.preferred == {"external": node}
        opened.end_test()


def test_the_pairs_instances_are_read_from_what_was_configured(fakes: Fakes, tmp_path: Path) -> None:
    """By its VRID: the node may have others, of other pairs."""
    with session(tmp_path) as opened:
        opened.begin_test("test_it", "gate", DEFAULT, 1)
        assert opened.run.view.instances == {("external", f"lb-ext-{number}"): "external" for number in (1, 2)}
        opened.end_test()


def test_a_pairs_instance_is_the_one_with_its_vrid() -> None:
    topology = compose.topology()
    router = topology.virtual_router("external")
    ours = DEFAULT.render(topology, "lb-ext-1")[PATH].replace("vrrp_instance external", "vrrp_instance VI_API")
    other = ours.replace("VI_API", "VI_OTHER").replace(f"virtual_router_id {router.vrid}", "virtual_router_id 99")
    texts = {node: {"keepalived.conf": f"{other}\n{ours}"} for node in router.nodes}
    assert set(instances(topology, texts, {}).values()) == {"VI_API"}


def test_a_test_begins_with_a_keepalived_conf_that_includes_a_file(fakes: Fakes, tmp_path: Path) -> None:
    """As the check of the files before the run has read it, and as the recording is read afterwards."""
    own, path = tmp_path / "own", "/etc/keepalived/conf.d/instance.conf"
    own.mkdir()
    text = DEFAULT.render(fakes.topology, "lb-ext-1")[PATH]
    (own / "settings.toml").write_text(f'[files."instance.conf"]\nkind = "balancer"\npath = "{path}"\n')
    (own / "keepalived.conf").write_text("include conf.d/*.conf\n")
    (own / "instance.conf").write_text(text.replace("priority 150", "priority 150\n@lb-ext-1 priority 90"))
    with session(tmp_path) as opened:
        opened.begin_test("test_it", "gate", str(own), 1)
        assert opened.run.preferred == {"external": "lb-ext-2"}
        opened.end_test()


def test_each_pair_has_its_preferred_node() -> None:
    topology = compose.topology(frozenset({"databases"}))
    files = {
        node: {"keepalived.conf": DEFAULT.render(topology, node)[PATH]}
        for p in topology.virtual_routers.values()
        for node in p.nodes
    }
    assert preferred(topology, files, {}) == {"external": "lb-ext-1", "internal": "lb-int-1"}


def test_what_runs_counts_before_what_the_file_says(fakes: Fakes, tmp_path: Path) -> None:
    """keepalived said other than 150; the file of lb-ext-1 still has that."""
    fakes.running = {"lb-ext-1": RunningKeepalived(instances=(running_instance(name="VI_RUNS", priority=90),))}
    with session(tmp_path) as opened:
        opened.begin_test("test_it", "gate", DEFAULT, 1)
        assert opened.run.preferred == {"external": "lb-ext-2"}
        assert opened.run.view.instances[("external", "lb-ext-1")] == "VI_RUNS"
        opened.end_test()


@pytest.mark.parametrize("advert_int, decided_ms", [(1, 4_109), (0.1, 4_000)])
def test_an_election_may_last_as_long_as_its_timers_say(
    fakes: Fakes, tmp_path: Path, advert_int: float, decided_ms: int
) -> None:
    """Master-down of priority 100 and half a second, and 4 s at least."""
    with session(tmp_path) as opened:
        opened.begin_test("test_it", "gate", DEFAULT.with_vrrp("ours", advert_int=advert_int), 1)
        assert opened.run.decided_ns // ms == decided_ms
        opened.end_test()


def test_a_test_is_kept_with_what_it_was_called_with_and_what_is_compared(fakes: Fakes, tmp_path: Path) -> None:
    with session(tmp_path) as opened:
        opened.begin_test("test_it[7]", "gate", DEFAULT, 1, parameters={"seed": 7}, compares=["blip transitions"])
        opened.end_test()
        opened.begin_test("test_other", "gate", DEFAULT, 1)
        opened.end_test()
    outcome = opened.outcome()
    assert [test.parameters for test in outcome.tests] == [{"seed": 7}, {}]
    assert outcome.facts
    assert outcome.facts.primary == ("it[7]: blip transitions",)


def test_a_keepalived_that_does_not_tell_is_taken_by_its_files(fakes: Fakes, tmp_path: Path) -> None:
    awaited = "wait keepalived's settings"
    fakes.broken = {awaited: TimedOut("keepalived's settings", 10, "lb-ext-1")}
    with session(tmp_path) as opened:
        opened.begin_test("test_it", "gate", DEFAULT, 1)
        assert awaited in fakes.calls
        assert opened.run.preferred == {"external": "lb-ext-1"}
        opened.end_test()


def test_a_test_whose_configuration_fails_is_kept(fakes: Fakes, tmp_path: Path) -> None:
    """A run of which one test could not begin has not passed."""
    fakes.broken = {"configure default": NotMeasured("db-1 does not answer.")}
    with session(tmp_path) as opened, pytest.raises(NotMeasured):
        opened.begin_test("test_it", "gate", DEFAULT, 1)
    outcome = opened.outcome()
    assert (outcome.verdict, outcome.tests[0].sentence) == ("invalid", "held 0/0, ended early: db-1 does not answer")
    assert not outcome.sentence.startswith("Interrupted")


def test_an_interrupt_while_a_configuration_is_put_in_place(fakes: Fakes, tmp_path: Path) -> None:
    fakes.broken = {"configure default": KeyboardInterrupt()}
    with session(tmp_path) as opened, pytest.raises(KeyboardInterrupt):
        opened.begin_test("test_it", "gate", DEFAULT, 1)
    assert opened.outcome().sentence.startswith("Interrupted.")


def test_less_than_one_trial_is_refused_before_anything_is_configured(fakes: Fakes, tmp_path: Path) -> None:
    with session(tmp_path) as opened, pytest.raises(BadValue):
        opened.begin_test("test_it", "gate", DEFAULT, 0)
    assert "configure default" not in fakes.calls


def test_capacity_is_measured_at_rest_under_the_load_of_its_tests(
    fakes: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any test, and of none: it leaves no outcome, but its figures in the header of the run."""
    monkeypatch.setattr(module, "await_steady", lambda _run, _say: fakes.calls.append("steady"))
    monkeypatch.setattr(module, "measure_capacity", lambda _run, _trial: Capacity(400.12345, 8.0))
    with session(tmp_path) as opened:
        found = opened.measure_capacity("july-22", {"probe": 5.0})
        assert opened.run.streams[Stream.probe].rate_hz == 5
        assert opened.run.streams[Stream.background].rate_hz == 0
        opened.note(**asdict(found))
        assert opened.outcome().tests == ()
    did = [call for call in fakes.calls if not call.startswith(("close", "wait", "set"))]
    assert did[:5] == ["configure july-22", "mark july-22", "full load", "reset", "steady"]
    parameters = store.read_header(tmp_path / "run").parameters
    assert parameters == {
        "experiment": "june_13",
        "lab": "fake",
        "probe_hz": 200.0,
        "right_hz": 400.123,
        "wrong_hz": 8.0,
    }


@pytest.mark.usefixtures("fakes")
def test_the_header_says_which_programs_ran_where(tmp_path: Path) -> None:
    with session(tmp_path) as opened:
        assert store.read_header(opened.folder).programs == {"lb-ext-1": {"keepalived": "2.2.7"}}
