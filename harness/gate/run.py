"""Runs the battery on a lab of the site's own files: one run folder, one verdict."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from harness.busyness import Busyness
from harness.experiment.judge import StepResult
from harness.experiment.session import Session
from harness.experiment.trials import Trials
from harness.gate.battery import GateTest
from harness.gate.dumps import dumps
from harness.gate.files import SiteConfiguration
from harness.gate.judge import complaints, without_service
from harness.gate.kept import redact, redact_configuration
from harness.gate.prepare import Prepared
from harness.gate.report import Tried
from harness.gate.rest import Rest, rest
from harness.gate.unstable import unstable
from harness.model.errors import NotMeasured
from harness.model.kernel_counts import read
from harness.model.load import StreamSetting
from harness.model.units import s
from harness.site.secrets import secrets

PROBE: Final = StreamSetting(rate_hz=40)
START_NS: Final = 2 * s
QUIET_NS: Final = s
"""Of a trial no cause is judged, only its service: keepalived's second burst of GARPs may meet a fault."""
Say = Callable[[str], None]


class Battery:
    """`prepared.target.victim`: the node that every fault meets."""

    def __init__(self, lab: str, configuration: SiteConfiguration, prepared: Prepared, folder: Path, say: Say) -> None:
        self._session = Session("gate", lab, folder, say, PROBE)
        self._configuration = configuration
        self._prepared, self._target = prepared, prepared.target
        self.tried: list[Tried] = []  # also after an interrupt: the tests that ended

    @property
    def folder(self) -> Path:
        return self._session.folder

    def run(self, tests: Iterable[GateTest], trials: int) -> None:
        """Each test, in order; none behind a pair that does not serve at rest. The outcome is written in any case."""
        try:
            with self._session as session:
                session.run.quiet_ns, session.run.redundant = QUIET_NS, True
                for test in tests:
                    self.tried.append(self._try(session, test, trials))
                    if test.kind == "rest":
                        self.tried[-1] = self._explained(session, self.tried[-1])
                        if self.tried[-1].verdict != "held":
                            break
        finally:
            self._session.write_outcome()
            redact(self.folder, secrets(self._prepared.pair.site))

    def _explained(self, session: Session, tried: Tried) -> Tried:
        """What the lab shows at rest. Then its own failure is told from the pair's (`verdict`)."""
        down = [] if tried.verdict == "held" else unstable(session.lab, self._prepared.place.names.values())
        if down:  # lint has seen it start; and a keepalived that just starts cannot be asked
            return msgspec.structs.replace(tried, verdict="not measured", failure="; ".join(down))
        return explained(tried, self._seen(session))

    def _seen(self, session: Session) -> Rest:
        theirs = {own: name for name, own in self._prepared.place.names.items()}
        told = {theirs[own]: running for own, running in dumps(session.lab, theirs).items()}
        view = session.run.view
        owners = {vip.address: tuple(theirs[own] for own in view.owners(vip)) for vip in view.topology.vips}
        return rest(self._prepared.pair, told, owners)

    @property
    def _return_ns(self) -> int:
        """How long a node may take to come back: its services start, its check succeeds, it takes its addresses."""
        checked = self._target.haproxy_dead.ns if self._target.haproxy_dead else 0
        return START_NS + checked + self._target.peer_dead.ns

    def _try(self, session: Session, test: GateTest, wanted: int) -> Tried:
        began = read()
        trials = session.begin_test(test.name, "gate", self._configuration, wanted)
        redact_configuration(self.folder)
        session.run.decided_ns = max(session.run.decided_ns, self._return_ns)
        recovered: dict[str, list[float | None]] = {}
        try:
            trials.complete(lambda: self._body(trials, test, recovered))
            error = ""
        except NotMeasured as problem:
            error = str(problem)
        finally:
            session.end_test()
        return unless_busy(_tried(test, trials, recovered, error), Busyness.since(began))

    def _body(self, trials: Trials, test: GateTest, recovered: dict[str, list[float | None]]) -> None:
        for trial in trials:
            result = trial.step(test.name, test.fault, watch=test.watch_ns)
            _keep(test, result, recovered)
            found = complaints(test, result, self._target.victim)
            assert not found, "; ".join(found)


def _keep(test: GateTest, result: StepResult, recovered: dict[str, list[float | None]]) -> None:
    """Of several customers of a VIP the one that waited longest."""
    asking: dict[str, list[float | None]] = {}
    for vantage, seen in result.vantages.items():
        asking.setdefault(result.history.topology.vantages[vantage].vip, []).append(
            without_service(test, seen) if seen.served else None
        )
    for vip, times in asking.items():
        known = [each for each in times if each is not None]
        recovered.setdefault(vip, []).append(max(known) if len(known) == len(times) else None)


def explained(tried: Tried, seen: Rest) -> Tried:
    """A check that fails here for what the lab has not may move the addresses at the site: no fault shows whether.

    Of a keepalived that does not tell its state it is not known which checks fail.
    """
    told = msgspec.structs.replace(tried, rest=seen)
    if tried.verdict == "failed" or not seen.hidden:
        return told
    return msgspec.structs.replace(
        told, verdict="not measured", failure=" ".join([seen.hidden[0], tried.failure]).strip()
    )


def unless_busy(tried: Tried, machine: Busyness) -> Tried:
    """A machine that is too busy makes checks time out and takeovers late: that is no failure of the pair."""
    if tried.verdict != "failed" or not machine.busy:
        return tried
    return msgspec.structs.replace(
        tried, verdict="not measured", failure=f"the machine was too busy ({machine}); seen: {tried.failure}"
    )


def _tried(test: GateTest, trials: Trials, recovered: dict[str, list[float | None]], error: str) -> Tried:
    failures = [outcome.failure for outcome in trials.outcomes if outcome.failure]
    reasons = [reason for outcome in trials.outcomes if not outcome.valid for reason in outcome.reasons]
    measured = trials.measured and not error
    return Tried(
        name=test.name,
        about=test.about,
        fault=test.fault.describe() if test.fault else "none",
        decides=test.decides,
        verdict="failed" if failures else "held" if measured else "not measured",
        trials=trials.valid,
        failed=len(failures),
        bound_s=round(test.bound.ns / s, 3),
        formula=test.bound.formula,
        recovery_s=recovered,
        failure=failures[0] if failures else "" if measured else error or "; ".join(reasons),
    )
