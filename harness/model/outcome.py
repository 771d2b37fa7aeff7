"""The only definition of a result. `--json`, JUnit, the report and comparisons read this and nothing else.

Run ⊃ test ⊃ trial ⊃ step. Times in seconds (``_s``), except `Instant.t_ns`, which is an instant of the history.
"""

from typing import Final, Literal

import msgspec

from harness.model.machine_load import MachineLoad
from harness.model.run_facts import Parameter, RunFacts
from harness.model.series import StepSeries

VERSION: Final = 1

Judgement = Literal["holds", "violated", "inconclusive", "not applicable"]
Verdict = Literal["passed", "failed", "invalid"]
Phase = Literal[
    "", "waiting for steady state", "before the fault", "instruments", "machine", "ended early", "interrupted"
]
"""When an invalid trial became one.

``waiting for steady state``: our own side failed before the first step. ``before the fault``: the pair was no longer
steady when the fault began. ``instruments``: our own side failed during a step. ``machine``: it was late, nothing else
of it failed, and the kernel says that the machine was busy; or a failure of the pair may be that machine's. ``ended
early``: an error that is no result ended the whole test. ``interrupted``: by Ctrl-C. Empty: the trial is valid, or an
older harness wrote it.
"""

VantageState = Literal["unaffected", "recovered", "down", "censored", "no arrivals"]
"""How a vantage point fared until the watch ended.

``unaffected``: no bad arrival. ``recovered``: the last outage is over. ``down``: the last outage is not over.
``censored``: it may be, but too few good arrivals came after it to confirm that; or too few came to say that there was
no outage.
``no arrivals``: nothing was due, so nothing is known.
"""
Measure = float | int | str | None


class Instant(msgspec.Struct, frozen=True):
    """An instant of the history that shows what a sentence says."""

    t_ns: int
    what: str


class Finding(msgspec.Struct, frozen=True):
    """What a check says about a step. Only `holds` holds.

    ``inconclusive``: evidence is missing. ``not applicable``: the check's premise never came (no node took over, no
    frontend was full), so that there was nothing to judge.
    """

    name: str
    verdict: Judgement
    sentence: str
    instants: tuple[Instant, ...] = ()
    bound: str = ""  # with its formula: "0.56 s = 3 × advert_int + skew + 0.2 s"

    @property
    def holds(self) -> bool:
        return self.verdict == "holds"

    @property
    def violated(self) -> bool:
        return self.verdict == "violated"

    @property
    def inconclusive(self) -> bool:
        return self.verdict == "inconclusive"

    @property
    def not_applicable(self) -> bool:
        return self.verdict == "not applicable"


class PartOutcome(msgspec.Struct, frozen=True):
    """One op of a fault. `wire_s`: the least and the most that frames say it can have lasted; None if none say."""

    op: str
    asked_s: float | None  # None: until undone
    achieved_s: float | None  # None: never released within the step
    wire_s: tuple[float, float] | None = None
    met: int | None = None
    """How many frames the op met while it was in force; None: not counted. 0: in force, and it changed nothing."""


class FaultOutcome(msgspec.Struct, frozen=True):
    """First effect to last release, of all held ops together."""

    asked_s: float | None
    achieved_s: float | None
    wire_s: tuple[float, float] | None
    parts: tuple[PartOutcome, ...]


class PhasesOutcome(msgspec.Struct, frozen=True):
    """An outage split in four, each from the end of the last one that came; None for one that the history lacks.

    Those that came add up to the outage.
    """

    detection_s: float | None = None  # first effect (of a later outage: its begin) → handover: takeover, or sole owner
    announcement_s: float | None = None  # → gratuitous ARP of the new owner
    convergence_s: float | None = None  # → the vantage point's cache leads to it, for good
    service_s: float | None = None  # → good again


class OutageOutcome(msgspec.Struct, frozen=True):
    """One interval in which a vantage point was down, in seconds from the first effect. `end_s` None: to the end."""

    begin_s: float
    end_s: float | None
    handover: str = ""  # "takeover" or "survivor"; empty: the VIP stayed where it was
    to: str | None = None  # the node that the VIP was handed to
    phases: PhasesOutcome | None = None  # None: neither the VIP nor the cache moved


class VantageOutcome(msgspec.Struct, frozen=True):
    """One vantage point in one step. `state` says whether it is served in the end."""

    success: float | None  # share of good arrivals in the settled part of the watch; None: no arrivals
    affected: bool  # there was an outage
    recovery_s: float | None  # the end of the last outage; 0.0: unaffected; None: down, censored, no arrivals
    recovery_from_heal_s: float | None
    first_good_s: float | None
    bad_seconds: float
    failed_requests: int
    relapses: int
    longest_hang_s: float | None  # None: no keep-alive stream
    phases: PhasesOutcome | None = None  # of the last outage, which `recovery_s` ends with
    outages: tuple[OutageOutcome, ...] = ()  # in order; of very many the first and the last
    state: VantageState | Literal[""] = ""  # "" is replaced: old outcomes had no such field

    def __post_init__(self) -> None:
        """In an old outcome every outage that was not over is *down*."""
        if not self.state:
            msgspec.structs.force_setattr(self, "state", self._old_state)

    @property
    def served(self) -> bool | None:
        """Is it served when the watch ends? None: the arrivals do not tell."""
        return {"unaffected": True, "recovered": True, "down": False}.get(self.state)

    @property
    def _old_state(self) -> VantageState:
        if not self.affected:
            return "no arrivals" if self.success is None else "unaffected"
        return "down" if self.recovery_s is None else "recovered"


class StepOutcome(msgspec.Struct, frozen=True):
    name: str
    action: str
    watch_s: float
    fault: FaultOutcome | None
    vantages: dict[str, VantageOutcome]
    arp: dict[str, str | None]  # `Topology.caches` → the node that a frame to the cached MAC reaches at the step's end
    checks: tuple[Finding, ...] = ()
    measures: dict[str, Measure] = {}
    machine: MachineLoad | None = None  # None: not recorded
    series: StepSeries | None = None  # None: an older harness wrote it


class TrialOutcome(msgspec.Struct, frozen=True):
    """`reasons`: why an invalid trial is one, in `phase`. It is kept and shown, and counts for nothing.

    `failure`: why a valid trial was not as expected, in the words of what the test raised; empty: as expected. A pair
    that did not come to steady state gives a failed trial without a step.
    """

    valid: bool
    reasons: tuple[str, ...]
    steps: tuple[StepOutcome, ...]
    phase: Phase = ""
    failure: str = ""


class TestOutcome(msgspec.Struct, frozen=True):
    """`outcome` is the field's word: reproduced, not reproduced, safe, unsafe, cured, not cured, invalid."""

    __test__ = False  # not a test class: pytest must not collect it

    name: str
    intent: str  # reproduction, gate
    outcome: str
    verdict: Verdict
    trials: tuple[TrialOutcome, ...]
    sentence: str = ""
    parameters: dict[str, Parameter] = {}  # of a parametrised test: what it was called with, a seed too


class RunOutcome(msgspec.Struct, frozen=True):
    experiment: str
    verdict: Verdict
    sentence: str
    run: str
    tests: tuple[TestOutcome, ...]
    version: int = VERSION
    facts: RunFacts | None = None  # None: an older harness wrote it


def encode_outcome(outcome: RunOutcome) -> bytes:
    """One JSON object, indented."""
    return msgspec.json.format(msgspec.json.encode(outcome), indent=2)


def decode_outcome(data: bytes) -> RunOutcome:
    """Raises `msgspec.ValidationError` naming the place that does not fit."""
    return msgspec.json.decode(data, type=RunOutcome)
