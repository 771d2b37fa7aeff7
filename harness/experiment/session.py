"""A session: every test of one `harness run`, on one lab, into one run folder and one outcome."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from harness import __version__
from harness.experiment.capacity import measure_capacity
from harness.experiment.facts import facts_of
from harness.experiment.run import Run
from harness.experiment.steady import await_steady
from harness.experiment.trial import Trial
from harness.experiment.trials import Trials
from harness.experiment.unsteady import DECIDED_NS
from harness.experiment.verdict import outcome_of, run_outcome
from harness.history import store
from harness.lab import baseline
from harness.lab.configure import configure
from harness.lab.lab import Lab
from harness.lab.load import open_load
from harness.lab.programs import engine_versions, programs, summary
from harness.model.comparisons import declared
from harness.model.configuration import Configuration
from harness.model.errors import TimedOut
from harness.model.events import ServiceChanged
from harness.model.limits import Limits
from harness.model.load import BACKGROUND, CONNECTED, HEALTH, PROBE, QUIET, StreamSetting, with_rates
from harness.model.outcome import RunOutcome, TestOutcome
from harness.model.requests import Stream
from harness.model.run_facts import Parameter
from harness.model.running_keepalived import RunningKeepalived
from harness.model.topology import Topology
from harness.recovery.capacity import Capacity

IDLE_PROBE_HZ = 20.0  # of a lab without a run
DATABASE_SECONDS = 30.0  # from a restart to its first answer
SETTINGS_SECONDS = 10.0  # from keepalived's restart; it is asked after 1 s, and up to five times


class Session:
    """Opens the lab's clients and the recorder on enter; undoes, resets and quietens the load on exit."""

    def __init__(
        self, experiment: str, lab: str, folder: Path | None, say: Callable[[str], None], probe: StreamSetting = PROBE
    ) -> None:
        self.experiment = experiment
        self.folder = folder or Path("runs") / f"{experiment}-{datetime.now(UTC).astimezone():%Y%m%d-%H%M%S}"
        self.say = say
        self._lab_name = lab
        self._configured: Configuration | None = None
        self._configurations: list[Configuration] = []  # every one that was in place
        self._streams = {
            Stream.probe: probe,
            Stream.connected: CONNECTED,
            Stream.background: BACKGROUND,
            Stream.health: HEALTH,
        }
        self._tests: list[TestOutcome] = []
        self._open_test: tuple[str, str, Trials] | None = None
        self._again = False  # the open test goes on with the one before
        self._parameters: Mapping[str, Parameter] = {}  # of the open test
        self._primary: list[str] = []
        self._interrupted = False

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self.lab = opened.enter_context(Lab(self._lab_name))
            self.load = opened.enter_context(closing(open_load(self.lab.docker, self.lab.name)))
            store.create(self.folder, self._header(), self.lab.topology)
            self.run = opened.enter_context(Run(self.lab, self.load, self.folder))
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._opened:
            self.lab.reset()
            self.load.set(Stream.probe, msgspec.structs.replace(PROBE, rate_hz=IDLE_PROBE_HZ))
            for stream in self._streams.keys() - {Stream.probe}:
                self.load.set(stream, QUIET)

    def begin_test(
        self,
        name: str,
        intent: str,
        configuration: str | Configuration,
        wanted: int,
        load_hz: Mapping[str, float] | None = None,
        *,
        background: StreamSetting = BACKGROUND,
        parameters: Mapping[str, Parameter] | None = None,
        compares: Sequence[str] = (),
        again: bool = False,
    ) -> Trials:
        """Puts the configuration (or the one of that name or path) in place and hands out the test's loop.

        `load_hz`: stream → arrivals per second of each vantage point, where it is not the usual load. `background`: the
        setting of that stream. `parameters`: of a parametrised test, kept with it. `compares`: what decides when this
        run is compared (harness/model/comparisons.py). `again`: its trials follow those of the last test that ended,
        and both are one test. Raises `BadValue` for less than one trial; a test whose configuration cannot be put in
        place is kept as invalid.
        """
        chosen = configuration if isinstance(configuration, Configuration) else Configuration.load(configuration)
        self._set_streams(chosen, background, load_hz or {})
        trials = Trials(self.run, wanted, self.say)
        self._open_test, self._again = (name, intent, trials), again
        self._parameters = parameters or {}
        self._primary += declared(name.removeprefix("test_"), compares)
        try:
            self._configure(chosen)
        except BaseException as error:
            trials.end(error)
            self.end_test()
            raise
        self.say(f"{name.removeprefix('test_')} ({intent}, configuration {chosen.name}, trials: {wanted})")
        return trials

    def measure_capacity(self, configuration: str, load_hz: Mapping[str, float]) -> Capacity:
        """What the databases answer under this configuration and load. It is no test: it leaves no outcome.

        Raises `NotMeasured`, and `NotSteady` for a lab that does not come to steady state.
        """
        chosen = Configuration.load(configuration)
        self._set_streams(chosen, BACKGROUND, load_hz)
        self._configure(chosen)
        self.run.full_load()
        self.lab.reset()
        await_steady(self.run, self.say)
        return measure_capacity(self.run, Trial(self.run, self.run.next_trial(), self.say))

    def note(self, **figures: float) -> None:
        """Kept among the parameters of the run's header."""
        header = store.read_header(self.folder)
        kept = {name: round(figure, 3) for name, figure in figures.items()}
        store.write_header(self.folder, msgspec.structs.replace(header, parameters=header.parameters | kept))

    def end_test(self) -> None:
        """Keeps the outcome of the test that was begun, also when it was interrupted half way."""
        assert self._open_test
        name, intent, trials = self._open_test
        trials.abandon()
        self._interrupted |= trials.interrupted
        before = self._tests.pop().trials if self._again and self._tests else ()
        outcome = outcome_of(
            name,
            intent,
            (*before, *trials.outcomes),
            measured=trials.measured,
            afterwards=trials.afterwards,
            ended_early=trials.ended_early,
        )
        self._tests.append(msgspec.structs.replace(outcome, parameters=dict(self._parameters)))

    def outcome(self) -> RunOutcome:
        outcome = run_outcome(self.experiment, str(self.folder), self._tests, interrupted=self._interrupted)
        return msgspec.structs.replace(outcome, facts=facts_of(self.folder, self._primary))

    def write_outcome(self) -> None:
        """Also after an interrupt: a partial run is kept and says that it is one."""
        store.write_outcome(self.folder, self.outcome())

    def _set_streams(self, chosen: Configuration, background: StreamSetting, load_hz: Mapping[str, float]) -> None:
        health = asked_at(chosen.settings.haproxy.health_port)
        streams = self._streams | {Stream.background: background, Stream.health: health}
        self.run.streams = with_rates(streams, load_hz)

    def _configure(self, configuration: Configuration) -> None:
        """Unless it is in place already: the same in all that it says, not in its name alone."""
        if configuration == self._configured:
            return
        before = dict(self.run.view.services)
        configured = configure(self.lab, configuration)
        baseline.amend(self.lab, configuration, configured)
        databases, keepaliveds = (
            {node: before.get((node, name)) for node, name in configured.restarted if name == wanted}
            for wanted in ("mariadb", "keepalived")
        )
        self.run.wait("databases", lambda: self._unanswered(databases), DATABASE_SECONDS)
        self._await_settings(keepaliveds)
        name, files = self._own_name(configuration), by_file(configured.files)
        store.write_configuration(self.folder, name, files)
        running = self.run.view.running
        self.run.preferred = preferred(self.lab.topology, files, running)
        self.run.decided_ns = max(DECIDED_NS, returns_ns(self.lab.topology, files, running))
        self.run.view.instances = instances(self.lab.topology, files, running)
        self.lab.mark("configuration", step=name)
        self._configured = configuration

    def _unanswered(self, before: Mapping[str, ServiceChanged | None]) -> str:
        again = self.run.view.answers_again
        missing = [database for database, process in before.items() if not again(database, process)]
        return f"no answer from {', '.join(missing)} since the restart" if missing else ""

    def _await_settings(self, before: Mapping[str, ServiceChanged | None]) -> None:
        """Until each restarted keepalived has told its settings. If one does not, those of its files are used."""
        untold = self.run.view.untold
        try:
            self.run.wait("keepalived's settings", lambda: ", ".join(untold(before)), SETTINGS_SECONDS)
        except TimedOut as error:
            self.say(f"{error} The settings of its files are used.")

    def _own_name(self, configuration: Configuration) -> str:
        """The configuration's name in the run's folder: another one of the same name gets a number."""
        if configuration not in self._configurations:
            self._configurations.append(configuration)
        same = [each for each in self._configurations if each.name == configuration.name]
        number = same.index(configuration) + 1
        return configuration.name if number == 1 else f"{configuration.name}-{number}"

    def _header(self) -> store.RunHeader:
        greeting = self.lab.agent("hand").hello()
        ran = programs(self.lab.docker, self.lab.name, self.lab.topology)
        return store.RunHeader(
            run=self.folder.name,
            boot_id=greeting.boot_id,
            wall_minus_mono_ns=greeting.wall_minus_mono_ns,
            versions={"failover-harness": __version__} | engine_versions(self.lab.docker) | summary(ran),
            parameters={
                "experiment": self.experiment,
                "lab": self.lab.name,
                "probe_hz": self._streams[Stream.probe].rate_hz,
            },
            programs=ran,
            began=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def asked_at(port: int) -> StreamSetting:
    """Health checks go the customers' way, or (`port` not 0) to another port of the same VIP."""
    return msgspec.structs.replace(HEALTH, target=f":{port}") if port else HEALTH


def by_file(rendered: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """node → path → text, with each path reduced to its file name."""
    return {node: {Path(path).name: text for path, text in files.items()} for node, files in rendered.items()}


Files = Mapping[str, Mapping[str, str]]
"""Node → the name of a file → its text."""

Running = Mapping[str, RunningKeepalived]
"""Node → the settings that its keepalived uses. Without an entry, the node's files count."""


def preferred(topology: Topology, files: Files, running: Running) -> dict[str, str]:
    """Virtual router → its node of the highest priority, by each node's keepalived, or its own keepalived.conf.

    Raises `UsageError` for a keepalived.conf that has no instance of its router.
    """
    limits = Limits.of_files(topology, files).with_running(running, topology)
    return {router: each.preferred for router, each in limits.routers.items()}


def returns_ns(topology: Topology, files: Files, running: Running) -> int:
    """From an undo until each election is over. A node that waits for its preempt_delay is handed back to, and does
    not wait longer: a delay of minutes is no failure.
    """
    return Limits.of_files(topology, files).with_running(running, topology).returns_ns


def instances(topology: Topology, files: Files, running: Running) -> dict[tuple[str, str], str]:
    """(virtual router, node) → its vrrp_instance of the router. A node may have others beside it."""
    routers = Limits.of_files(topology, files).with_running(running, topology).routers
    return {(router, node): vrrp.instance for router, each in routers.items() for node, vrrp in each.vrrp.items()}
