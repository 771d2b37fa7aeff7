"""One cell on a lab: trials with phases spread evenly over the advert interval, watched for as long as it moves."""

import time
from typing import Final
from zlib import crc32

from harness import faults
from harness.bench.matrix.cells import OWNER, Cell
from harness.bench.matrix.result import CellResult, Measured
from harness.experiment import StepResult, Trial, phases
from harness.experiment.session import Session
from harness.experiment.steady import QUIET_NS
from harness.history import History, Step
from harness.history.timeline import Interval, gaps, overlaps
from harness.model.limits import Limits
from harness.model.topology import Pair
from harness.model.units import ms, s, seconds

PAIR: Final = "external"
MARGIN: Final = 200 * ms
HEARD_NS: Final = 20 * ms


def measure(session: Session, cell: Cell, trials: int) -> CellResult:
    """Raises `NotMeasured` if too many attempts were invalid."""
    began = time.monotonic()
    configuration = cell.configuration()
    loop = session.begin_test(cell.name, "reproduction", configuration, trials)
    watch = _settle(session, configuration.name) + MARGIN
    chosen = phases(cell.advert_int_ns, trials, seed=crc32(cell.name.encode()))
    found: list[Measured] = []

    def body() -> None:
        for trial in loop:
            fault = cell.fault().aligned(PAIR, _reachable(chosen[loop.valid], cell.advert_int_ns))
            found.append(_blip(trial, fault, watch))

    try:
        loop.complete(body)
    finally:
        session.end_test()
    loop.raise_failures()
    invalid = len(loop.outcomes) - loop.valid
    return CellResult(cell, tuple(found), invalid, session.folder.name, round(time.monotonic() - began, 1))


def _reachable(phase_ns: int, advert_int_ns: int) -> int:
    """On a busy machine an advert is heard some milliseconds late: the same phase, one advert later."""
    return phase_ns if phase_ns >= HEARD_NS else phase_ns + advert_int_ns


def _settle(session: Session, configuration: str) -> int:
    history = session.run.history()
    limits: Limits = history.limits[configuration]
    return limits.settle_ns


def _blip(trial: Trial, fault: faults.Fault, watch: int) -> Measured:
    """Where somebody took over, the second burst of gratuitous ARP is awaited too."""
    blip = trial.step("blip", fault, watch=watch)
    pair = blip.history.topology.pair(PAIR)
    if not blip.history.takeovers(pair, blip.step.watch):
        return _measured(blip, blip, pair)
    rest = trial.run.view.last_transition + QUIET_NS - trial.run.view.now
    return _measured(blip, trial.step("after", watch=max(s, rest)), pair)


def _measured(blip: StepResult, last: StepResult, pair: Pair) -> Measured:
    history, step, end = last.history, blip.step, last.step.ends_ns
    watch = Interval(step.first_effect_ns, end)
    held = [interval for node in pair.nodes for interval in history.tables.holds(node, pair.vip)]
    return Measured(
        phase_s=_phase(history, step, pair),
        gains=len(history.takeovers(pair, watch)),
        dual_s=seconds(sum(both.length for both in overlaps(history.tables.dual(pair), [watch]))),
        gap_s=seconds(sum(gap.length for gap in gaps(held, watch))),
        split=_split(history, pair, step.ends_ns, blip.arp),
        split_after=_split(history, pair, end, last.arp),
        arp=blip.arp,
        arp_after=last.arp,
    )


def _split(history: History, pair: Pair, t: int, arp: dict[str, str | None]) -> bool:
    owners = history.tables.owners_at(pair, t)
    return any([reached] != owners for reached in arp.values())


def _phase(history: History, step: Step, pair: Pair) -> float:
    """From the owner's last advert before the first effect."""
    before = history.adverts(pair, Interval(step.began_ns, step.first_effect_ns))
    last = max(advert.t for advert in before if advert.port == f"{OWNER}.{pair.segment}")
    return seconds(step.first_effect_ns - last)
