"""The pytest plugin for a pair of one's own: with ``--site DIR`` the lab of all tests is made of that pair.

::

    @pytest.mark.gate
    def test_two_blips(trials: Trials, pair: SitePair) -> None:
        for trial in trials:
            blip = trial.step("blip", faults.blackhole(pair.target.trunk, duration=300 * ms), watch=5 * s)
            assert all(blip.served.values())

A test with the argument `gate_test` is called once for each failure that decides in `harness gate`. `harness.plugin`
has the options.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from harness import lint
from harness.experiment import StepResult
from harness.experiment.run import Run
from harness.gate.attempt import START_NS
from harness.gate.battery import GateTest, Target
from harness.gate.dumps import dumps
from harness.gate.files import SiteConfiguration, configuration
from harness.gate.gate import lab_name
from harness.gate.judge import complaints
from harness.gate.named import uses
from harness.gate.prepare import Prepared, Wish, prepare
from harness.gate.rest import Rest, rest
from harness.gate.run import QUIET_NS
from harness.gate.site_lab import site_lab
from harness.gate.verdict import depends, shows_nothing
from harness.lab.examine import examine
from harness.lab.images import ensure_images
from harness.lab.lab import Lab
from harness.lint import LintReport
from harness.model.errors import HarnessError, NotMeasured, UsageError
from harness.site import pair_file
from harness.site.refusals import refusals
from harness.site.secrets import secrets, struct_without
from harness.site.site import Site

NOTHING_MEASURED: Final = 3  # as of `harness`
IMAGES: Final = {"agent", "balancer", "customer", "servers"}


class SitePair(NamedTuple):
    """What tests may know of the site's pair. `target`: the node that faults meet, and the limits by its timers.

    `tests`: all that `harness gate` would try. `report`: what `harness lint` says of the files.
    """

    site: Site
    prepared: Prepared
    report: LintReport
    lab: str
    configuration: SiteConfiguration

    @property
    def target(self) -> Target:
        return self.prepared.target

    @property
    def tests(self) -> tuple[GateTest, ...]:
        return self.prepared.tests

    def complaints(self, test: GateTest, result: StepResult) -> list[str]:
        """One sentence for each VIP whose customers fared worse than the pair's own timers allow; of lint's errors too.

        Raises `NotMeasured` if arrivals do not tell, or where the gate is INCONCLUSIVE: a failure may be the lab's (on
        a busy machine, at rest); a check asks for what the lab has not; the test depends on a stand-in of a program.
        """
        if test.kind == "rest" and (linted := self.linted()):
            return linted
        seen = complaints(test, result, self.target.victim)
        if seen and test.kind == "rest":
            raise NotMeasured(f"{seen[0]} Nothing is broken yet: `harness gate` says whose failure it is")
        if hidden := self._hidden(test):
            raise NotMeasured("; seen: ".join([hidden, *seen[:1]]))
        return seen

    def _hidden(self, test: GateTest) -> str:
        """Why the lab shows nothing of the site here; "" if it does."""
        if test.kind == "rest":
            return next(iter(self.at_rest().hidden), "")
        used = uses(self.prepared.pair)
        return shows_nothing(test.name, used) if depends(test.name, used) else ""

    def at_rest(self) -> Rest:
        """What the nodes of the lab tell now, of a pair that serves; who has which address is judged from outside."""
        theirs = {own: name for name, own in self.prepared.place.names.items()}
        with Lab(self.lab) as lab:
            told = {theirs[own]: running for own, running in dumps(lab, theirs).items()}
        return rest(self.prepared.pair, told, {})

    def linted(self) -> list[str]:
        """An error of lint: a fault that does not show it does not take it back.

        Raises `NotMeasured` if lint could not judge the files.
        """
        said = f"harness lint: {self.report.sentence}"
        if self.report.verdict == "INCONCLUSIVE":
            raise NotMeasured(said)
        return [] if self.report.verdict == "NO ERROR FOUND" else [said]

    def await_as_a_gate_does(self, run: Run) -> None:
        """Before each trial: both nodes fit to serve, and the preferred one has had the time to come back."""
        checked = self.target.haproxy_dead.ns if self.target.haproxy_dead else 0
        run.quiet_ns, run.redundant = QUIET_NS, True
        run.decided_ns = max(run.decided_ns, START_NS + checked + self.target.peer_dead.ns)


_PAIR: Final = pytest.StashKey[SitePair]()


def pytest_collection(session: pytest.Session) -> None:
    """First: an error here is told in one line, and one while a file is collected with a traceback."""
    if folder_of(session.config):
        site_pair(session.config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The failures are those of this very pair, whose files have been examined; a lab is not started yet."""
    if "gate_test" in metafunc.fixturenames and folder_of(metafunc.config):
        tests = [test for test in site_pair(metafunc.config).tests if test.decides]
        metafunc.parametrize("gate_test", tests, ids=[test.name for test in tests])


@pytest.fixture
def gate_test() -> GateTest:
    """With ``--site`` each test that decides takes its place."""
    pytest.skip("no pair to judge: --site DIR names the folder of its files, with a pair.toml")


@pytest.fixture(scope="session")
def harness_site(request: pytest.FixtureRequest) -> Iterator[SitePair]:
    """The pair of ``--site``, on a lab that is up."""
    if not folder_of(request.config):
        pytest.skip("no pair to judge: --site DIR names the folder of its files, with a pair.toml")
    found = site_pair(request.config)
    with site_lab(found.lab, found.site, found.prepared, found.configuration, _say):
        yield found


@pytest.fixture(scope="session")
def pair(harness_site: SitePair) -> SitePair:
    """The same, by a name that a site's own tests may give to another fixture."""
    return harness_site


def folder_of(config: pytest.Config) -> Path | None:
    folder: Path | None = config.getoption("--site")
    return folder


def site_pair(config: pytest.Config) -> SitePair:
    """Read and examined once. Ends pytest if that cannot be done: with its status for wrong use, or with 3."""
    found = config.stash.get(_PAIR, None)
    if found is None:
        try:
            found = config.stash[_PAIR] = _read(folder_of(config) or Path(), config.getoption("--release"))
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        except HarnessError as error:
            pytest.exit(str(error), NOTHING_MEASURED)
    return found


def _read(folder: Path, release: str) -> SitePair:
    site = pair_file.read(folder, release=release)
    if refused := refusals(site):
        raise UsageError(f"{refused[0].path}:{refused[0].line}: {refused[0].said}")
    ensure_images(_say, wanted=IMAGES, releases=site.releases)
    examined = lint.pair(site, examine(site))
    report = struct_without(lint.judge(examined, lint.ALL.values(), datetime.now(UTC).date()), secrets(site))
    prepared, lab = prepare(examined, Wish()), lab_name(folder)
    return SitePair(site, prepared, report, lab, configuration(lab, site, prepared.place.names))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
