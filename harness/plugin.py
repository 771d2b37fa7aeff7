"""The pytest plugin: the fixture `trials` and its run, the markers, and the outcome of each experiment.

The lab of ``--lab`` is used as it is if it is up; else it is brought up for the session and taken down at its end. An
experiment that asks for overlays gets a lab with them.

Options (all used by `harness run`): ``--lab``, ``--trials``, ``--only``, ``--configuration``, ``--probe-rate``,
``--run-folder``. ``--repeats N``: tests that a busy machine spoilt run again (harness/repeats.py). ``--site DIR``: the
lab is made of a pair of one's own, whatever ``--lab`` says (harness/plugin_site.py).
"""

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from msgspec import structs

from harness import plugin_markers as marks
from harness import plugin_site
from harness.experiment.session import Session
from harness.experiment.trials import Trials
from harness.gate.kept import redact
from harness.gate.run import PROBE as GATE_PROBE
from harness.lab import ready
from harness.model.configuration import Configuration
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.load import PROBE
from harness.model.units import s
from harness.plugin_site import folder_of, site_pair
from harness.repeats import Repeats
from harness.site.secrets import secrets

AS_USUAL: Final = "usual"  # the value that `harness run` passes without --trials
_SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("failover-harness")
    group.addoption("--lab", default="failover-harness", help="name of the lab (default: failover-harness)")
    group.addoption(
        "--trials", type=trial_count, default=1, help=f"valid trials of each test (default: 1; {AS_USUAL}: 3, or 2)"
    )
    group.addoption("--only", default="", help="comma-separated tests, without test_: outage,flush")
    group.addoption("--configuration", default="", help="name or path; overrides the tests' own")
    group.addoption(
        "--probe-rate",
        type=float,
        default=None,
        help="probes per second of each vantage point (default: 200, with --site 40)",
    )
    group.addoption(
        "--repeats", type=repeat_count, default=0, help="repetitions of a test that a busy machine spoilt (default: 0)"
    )
    group.addoption("--site", metavar="DIR", type=Path, default=None, help="files of your own pair, with a pair.toml")
    group.addoption("--release", default="", help="Debian release of its programs: bookworm, or lb1=bookworm,…")
    group.addoption("--run-folder", type=Path, default=None, help="where the run is recorded (default: runs/NAME-TIME)")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(plugin_site)
    if repeats := config.getoption("--repeats"):
        if config.getoption("--run-folder"):
            raise pytest.UsageError("--repeats needs a new folder for each attempt: leave out --run-folder.")
        config.pluginmanager.register(Repeats(repeats))
    marks.register(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the tests that ``--only`` names."""
    wanted = [name for name in config.getoption("--only").split(",") if name]
    known = {marks.short_name(item): item for item in items if marks.is_experiment(item)}
    for name in wanted:
        if not any(_matches(each, name) for each in known):
            raise pytest.UsageError(str(UnknownName("test", name, known)))
    if wanted:
        kept = [item for each, item in known.items() if any(_matches(each, name) for name in wanted)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    marks.refuse_comparisons([item for item in items if marks.is_experiment(item)])


def pytest_collection_finish(session: pytest.Session) -> None:
    """Prints how long the run will take. The number of rows of a parametrised test is known only now."""
    chosen = [item for item in session.items if marks.is_experiment(item)]
    if session.config.getoption("--run-folder") and chosen:
        wanted = [marks.wanted_trials(item) for item in chosen]
        expected = sum(trials * marks.trial_ns(item) for trials, item in zip(wanted, chosen, strict=True)) // s
        _say(f"tests: {len(chosen)}, trials: {sum(wanted)} in all; expected about {expected} s")
        _say("reproduction: must show its outage; gate: must hold")


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """No dot for a test that passed: `harness run` prints lines of its own."""
    if config.getoption("--run-folder") and report.when == "call" and report.passed:
        return report.outcome, "", "PASSED"
    return None


@pytest.fixture(scope="session")
def standing_lab(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a lab that is up, one for all tests of the session."""
    if folder_of(request.config):
        yield request.getfixturevalue("harness_site").lab
        return
    name = request.config.getoption("--lab")
    with ready.borrowed(name, _say):
        yield name


class OverlayLab:
    """The lab with overlays, one at a time, beside the standing lab. Files with the same overlays share it."""

    def __init__(self) -> None:
        self._lab = ExitStack()
        self._overlays: set[str] = set()

    def borrow(self, name: str, overlays: set[str]) -> None:
        """Takes down the present lab if it has other overlays."""
        if overlays != self._overlays:
            self.take_down()
        if overlays and not self._overlays:
            self._lab.enter_context(ready.borrowed(name, _say, overlays))
            self._overlays = overlays

    def take_down(self) -> None:
        self._overlays = set()
        self._lab.close()


@pytest.fixture(scope="session")
def overlay_lab() -> Iterator[OverlayLab]:
    lab = OverlayLab()
    yield lab
    lab.take_down()


@pytest.fixture(scope="module")
def experiment_lab(request: pytest.FixtureRequest, overlay_lab: OverlayLab) -> str:
    """The lab of an experiment: the standing one, or one with the overlays that its file asks for.

    If tests of both kinds run, the lab with overlays has another name.
    """
    overlays, standing = marks.overlays_of(request.node), request.config.getoption("--lab")
    only_kind = all(marks.overlays_of(item) == overlays for item in request.session.items)
    name = "-".join([standing, *([] if only_kind else sorted(overlays))])
    overlay_lab.borrow(name, overlays)
    return name if overlays else str(request.getfixturevalue("standing_lab"))


@pytest.fixture(scope="module")
def harness_session(request: pytest.FixtureRequest, experiment_lab: str) -> Iterator[Session]:
    """One run for each experiment: folder, recorder, lab. In any case it is undone, reset, and its outcome written."""
    config = request.config
    session = Session(
        experiment=_experiment(request.node),
        lab=experiment_lab,
        folder=config.getoption("--run-folder"),
        say=_say,
        probe=structs.replace(PROBE, rate_hz=config.getoption("--probe-rate") or _probe_hz(config)),
    )
    config.stash[_SESSION] = session
    try:
        with session:
            yield session
    finally:
        session.write_outcome()
        if folder_of(config):
            redact(session.folder, secrets(site_pair(config).site))


@pytest.fixture
def trials(request: pytest.FixtureRequest, harness_session: Session) -> Trials:
    """The explicit loop of a test: ``for trial in trials``."""
    config = request.config
    intent = "gate" if request.node.get_closest_marker("gate") else "reproduction"
    load = request.node.get_closest_marker("load")
    begun = harness_session.begin_test(
        request.node.name,
        intent,
        _of_site(config, request.node) or marks.configuration_of(request.node),
        marks.wanted_trials(request.node),
        load.kwargs if load else {},
        background=marks.background_of(request.node),
        parameters=marks.parameters_of(request.node),
        compares=marks.compares_of(request.node),
    )
    if folder_of(config):
        site_pair(config).await_as_a_gate_does(harness_session.run)
    return begun


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Calls the test again until its trials are finished: after a failing trial, the loop goes on with the next."""
    trials = pyfuncitem.funcargs.get("trials")
    if not isinstance(trials, Trials):
        return None
    session = pyfuncitem.config.stash[_SESSION]
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    try:
        trials.complete(lambda: called(lambda: pyfuncitem.obj(**arguments)))
    finally:
        session.end_test()
    trials.raise_failures()
    return True


def trial_count(text: str) -> int | None:
    """None: as usual. Raises `ArgumentTypeError` unless it is a whole number from 1 on: the test would never end."""
    if text == AS_USUAL:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(str(BadValue("--trials", text, f"a whole number from 1 on, or {AS_USUAL}")))
    return int(text)


def repeat_count(text: str) -> int:
    """Raises `ArgumentTypeError` unless it is a whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(str(BadValue("--repeats", text, "a whole number from 0 on")))
    return int(text)


def called(test: Callable[[], object]) -> None:
    """Turns pytest's own failures (`pytest.fail`, an unmet `pytest.raises`) into failed assertions.

    They are no `Exception`, and would end the whole test.
    """
    try:
        test()
    except pytest.fail.Exception as failed:
        raise AssertionError(str(failed)) from failed


def _of_site(config: pytest.Config, node: pytest.Item) -> Configuration | None:
    """Raises `UsageError` for a test that wants another: there is one configuration, that of the site."""
    if not folder_of(config):
        return None
    if config.getoption("--configuration") or node.get_closest_marker("configuration"):
        raise UsageError(f"{node.name} names a configuration; with --site there is one alone, that of the site.")
    return site_pair(config).configuration


def _probe_hz(config: pytest.Config) -> float:
    return (GATE_PROBE if folder_of(config) else PROBE).rate_hz


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _matches(short: str, wanted: str) -> bool:
    """``prevention`` matches all its parameters."""
    return short == wanted or short.partition("[")[0] == wanted


def _experiment(item: pytest.Item | pytest.Collector) -> str:
    return item.path.stem.removeprefix("test_")
