"""From a recorded history to a step's outcome. Pure: the same history gives the same outcome, today or next year."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from harness import checks
from harness.experiment.asserted_finding import AssertedFinding
from harness.faults import Fault
from harness.history import History, Step
from harness.mitigations import Mitigation
from harness.model.errors import NotMeasured
from harness.model.events import Marked
from harness.model.outcome import Finding, Measure, StepOutcome, VantageOutcome
from harness.model.stop_condition import STOPPED
from harness.model.units import s, seconds
from harness.recovery import (
    advert_phases,
    alarm_measures,
    fault_outcome,
    flood_measures,
    series,
    session_measures,
    vantage_outcomes,
)


@dataclass(frozen=True)
class StepResult:
    """What an experiment asserts on. Everything is derived from `history` and `step`."""

    history: History
    step: Step
    name: str
    action: str
    watch: int

    @cached_property
    def vantages(self) -> dict[str, VantageOutcome]:
        return vantage_outcomes(self.history, self.step)

    @cached_property
    def arp(self) -> dict[str, str | None]:
        """Cache → the node that a frame to the cached MAC reached when the step ended."""
        return self.history.arp(self.step.ends_ns)

    @property
    def success(self) -> dict[str, float]:
        """Vantage point → share of good arrivals in the settled part of the watch.

        Raises `NotMeasured` if nothing arrived from one of them: silence is no success, and no failure either.
        """
        found = {name: vantage.success for name, vantage in self.vantages.items()}
        self._refuse_unknown("No arrivals in the settled part of the watch", found)
        return {name: share for name, share in found.items() if share is not None}

    @property
    def served(self) -> dict[str, bool]:
        """Vantage point → is it served when the watch ends (`unaffected` or `recovered`, not `down`)?

        Raises `NotMeasured` if the arrivals of one of them do not tell.
        """
        found = {name: vantage.served for name, vantage in self.vantages.items()}
        self._refuse_unknown("Too few arrivals at the end of the watch to judge service", found)
        return {name: is_served for name, is_served in found.items() if is_served is not None}

    @property
    def recovery_s(self) -> dict[str, float | None]:
        """Vantage point → seconds from first effect to the end of its last outage; None: not over (`vantages`: why)."""
        return {name: vantage.recovery_s for name, vantage in self.vantages.items()}

    def _refuse_unknown(self, what: str, found: Mapping[str, float | None]) -> None:
        if unknown := [name for name, value in found.items() if value is None]:
            raise NotMeasured(f"{what}: {', '.join(unknown)} in step {self.name!r}.")

    @property
    def stopped_ns(self) -> int | None:
        """When a stop condition ended the faults of this step; None: none did."""
        marks = (each for each in self.history.of(Marked, self.step.window) if each.name == STOPPED)
        return next((each.t for each in marks), None)

    @cached_property
    def stale_because(self) -> dict[str, checks.Cause]:
        """Each cache that was stale → what became of the gratuitous ARP that should have corrected it."""
        return checks.stale_because(self.history, self.step)

    @cached_property
    def cause(self) -> checks.CauseOfFull:
        """Why the frontend that customers use filled in this step."""
        return checks.cause(self.history, self.step, self.history.topology.virtual_router())

    def check(self, check: checks.Check) -> AssertedFinding:
        """What one check says about this step. Asserting it raises `NotMeasured` if the history cannot tell."""
        return AssertedFinding(self.finding(check), self.name)

    def finding(self, check: checks.Check) -> Finding:
        """The same as it is kept in the outcome, inconclusive ones included."""
        if check.name not in self._found:
            self._found[check.name] = check(self.history, self.step)
        return self._found[check.name]

    @cached_property
    def _found(self) -> dict[str, Finding]:
        """Each check judges once, however often it is called: meanwhile customers of a stuck lab pile up."""
        return {}

    @property
    def measures(self) -> dict[str, Measure]:
        """``phase_s`` of a fault, ``stale_because CACHE`` of stale caches, how a frontend filled, when alarms came."""
        because = {f"stale_because {cache}": cause for cache, cause in self.stale_because.items()}
        parts = (advert_phases, session_measures, alarm_measures, flood_measures)
        told = {name: value for part in parts for name, value in part(self.history, self.step).items()}
        if self.stopped_ns is not None:
            told["stopped_s"] = seconds(self.stopped_ns - self.step.first_effect_ns)
        return because | told | ({"cause": self.cause} if self.finding(checks.session_limit_reached).violated else {})

    @cached_property
    def outcome(self) -> StepOutcome:
        return StepOutcome(
            name=self.name,
            action=self.action,
            watch_s=seconds(self.watch),
            fault=fault_outcome(self.history, self.step),
            vantages=self.vantages,
            arp=self.arp,
            checks=tuple(map(self.finding, checks.ALL.values())),
            measures=self.measures,
            machine=self.history.machine(self.step.window),
            series=series(self.history, self.step),
        )


def rejudge(history: History, trial: int, recorded: StepOutcome) -> StepOutcome:
    """What today's checks say of a step that was recorded: the same, unless a check has changed since."""
    step = history.step(trial, recorded.name)
    return StepResult(history, step, recorded.name, recorded.action, round(recorded.watch_s * s)).outcome


def judge(history: History, trial: int, name: str, action: Fault | Mitigation | None, watch: int) -> StepResult:
    """The step `name` of trial number `trial`, as `history` shows it."""
    return StepResult(history, history.step(trial, name), name, action.describe() if action else "watch", watch)
