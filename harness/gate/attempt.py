"""One test of a pair on its lab, so many trials: with its own files, or with a change of one setting in them."""

from collections.abc import Iterable
from itertools import takewhile
from typing import Final, NamedTuple

import msgspec

from harness.busyness import Busyness
from harness.experiment.judge import StepResult
from harness.experiment.session import Session
from harness.experiment.trials import Trials
from harness.gate.battery import GateTest, Target
from harness.gate.files import SiteConfiguration
from harness.gate.judge import BUSY, before_end, complaints, without_service
from harness.gate.kept import redact_configuration
from harness.gate.prepare import Prepared
from harness.gate.report import Tried
from harness.model.errors import NotMeasured, TooBusy
from harness.model.kernel_counts import read
from harness.model.outcome import TrialOutcome, VantageOutcome
from harness.model.units import s

START_NS: Final = 2 * s


class Subject(NamedTuple):
    """The files of a pair, and what is known of it from them."""

    prepared: Prepared
    configuration: SiteConfiguration


class Attempt(NamedTuple):
    """`unsteady`: failed trials in which the pair did not come to rest, so nothing was tried. `busy`: the machine, in
    some trial.

    `inherited`: those of them before this test had broken anything. `broke`: in any of its trials it did.
    """

    tried: Tried
    unsteady: int
    busy: bool = False
    inherited: int = 0
    broke: bool = True

    @property
    def spoilt(self) -> bool:
        """Another time may tell what this one did not. Not after a failure that stands: a repeat would hide it."""
        return self.busy and self.tried.verdict == "not measured" and not self.tried.failed


class _Times(NamedTuple):
    """VIP → seconds without service in each trial, and failures of a busy machine: `harness.gate.report.Tried`."""

    recovered: dict[str, list[float | None]]
    before: dict[str, list[float]]
    spoilt: list[str]


def attempt(
    session: Session,
    subject: Subject,
    test: GateTest,
    wanted: int,
    name: str = "",
    *,
    after: str = "",
    before: Attempt | None = None,
) -> Attempt:
    """`name`: of the test in the recording, if it is not its own. `after`: what was broken before; "" for nothing.

    `before`: an attempt of the same test, just before, that a busy machine spoilt.
    """
    began, target = read(), subject.prepared.target
    trials = session.begin_test(name or test.name, "gate", subject.configuration, wanted, again=before is not None)
    redact_configuration(session.folder)
    session.run.decided_ns = max(session.run.decided_ns, _return_ns(target))
    times = _Times({}, {}, list(before.tried.spoilt) if before else [])
    try:
        trials.complete(lambda: _body(trials, test, target.victim, times))
        error = ""
    except NotMeasured as problem:
        error = str(problem)
    finally:
        session.end_test()
    unsteady = sum(bool(each.failure) and not each.steps for each in trials.outcomes)
    machine = Busyness.since(began)
    failures = failures_of(trials.outcomes, test, after)
    inherited = sum(bool(each.failure) for each in takewhile(lambda each: not each.steps, trials.outcomes))
    tried = unless_busy(_tried(test, trials, times, failures, error), machine)
    broke = any(each.steps for each in trials.outcomes)
    if before and before.broke:
        inherited, broke = 0, True
    busy = machine.busy or any(each.phase == "machine" for each in trials.outcomes)
    return Attempt(tried, unsteady, busy, inherited, broke)


def failures_of(outcomes: Iterable[TrialOutcome], test: GateTest, after: str) -> list[str]:
    """A pair that does not come to rest fails by what was broken and undone before, not by what was to follow."""
    found = []
    for outcome in outcomes:
        if outcome.failure:
            undone = f"{after}; after that is undone: " if after and not outcome.steps else ""
            found.append(f"{undone}{outcome.failure}")
        after = test.about if outcome.steps and test.fault else after
    return found


def _return_ns(target: Target) -> int:
    """How long a node may take to come back: its services start, its check succeeds, it takes its addresses."""
    checked = target.haproxy_dead.ns if target.haproxy_dead else 0
    return START_NS + checked + target.peer_dead.ns


def _body(trials: Trials, test: GateTest, victim: str, times: _Times) -> None:
    for trial in trials:
        result = trial.step(test.name, test.fault, watch=test.watch_ns)
        try:
            found = complaints(test, result, victim)
        except TooBusy as problem:
            times.spoilt.append(str(problem))
            raise
        _keep(test, result, times)
        assert not found, "; ".join(found)


def _keep(test: GateTest, result: StepResult, times: _Times) -> None:
    """Of several customers of a VIP the one that waited longest."""
    asking: dict[str, list[VantageOutcome]] = {}
    for vantage, seen in result.vantages.items():
        asking.setdefault(result.history.topology.vantages[vantage].vip, []).append(seen)
    for vip, every in asking.items():
        served = all(seen.served for seen in every)
        took = round(max(without_service(test, seen) for seen in every), 3) if served else None
        times.recovered.setdefault(vip, []).append(took)
        if test.ends_ns:
            times.before.setdefault(vip, []).append(round(max(before_end(test, seen) for seen in every), 3))


def unless_busy(tried: Tried, machine: Busyness) -> Tried:
    """A machine that is too busy makes checks time out and takeovers late: that is no failure of the pair.

    It is also why trials are invalid: "served 1 times of 40" would be read as the pair's. After a failure that may be
    the machine's a trial that holds counts only if the machine is quiet then: else the pair is tried until it holds.
    """
    if not machine.busy or (tried.verdict == "held" and not tried.spoilt):
        return tried
    seen = tried.failure or f"it held, after {tried.spoilt[-1]}"
    why = seen if seen.startswith(BUSY) else f"{BUSY} ({machine}); seen: {seen}"
    return msgspec.structs.replace(tried, verdict="not measured", failure=why)


def _tried(test: GateTest, trials: Trials, times: _Times, failures: list[str], error: str) -> Tried:
    reasons = next((outcome.reasons for outcome in trials.outcomes if not outcome.valid), ())  # others are like it
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
        recovery_s=times.recovered,
        failure=failures[0] if failures else "" if measured else error or " ".join(reasons),
        before_end_s=times.before,
        spoilt=tuple(times.spoilt),
    )
