"""One cell on a lab: trials with phases spread evenly over the advert interval, watched until no VIP moves."""

import time
from typing import Final
from zlib import crc32

from harness import faults
from harness.bench.matrix.cells import OWNER, Cell
from harness.bench.matrix.result import CellResult, Measured
from harness.experiment import StepResult, Trial, phases
from harness.experiment.run import QUIET_NS
from harness.experiment.session import Session
from harness.history import History, Step
from harness.history.timeline import Interval, gaps, overlaps
from harness.model.limits import Limits
from harness.model.units import ms, s, seconds
from harness.model.virtual_router import RouterVip

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
            fault = cell.fault().aligned(phase=_reachable(chosen[loop.valid], cell.advert_int_ns))
            found.append(_blip(trial, fault, watch))

    try:
        loop.complete(body)
    finally:
        session.end_test()
    loop.raise_failures()
    invalid = len(loop.outcomes) - loop.valid
    return CellResult(cell, tuple(found), invalid, session.folder.name, round(time.monotonic() - began, 1))


def _reachable(phase_ns: int, advert_int_ns: int) -> int:
    """A short phase is reached one advert later, since a busy machine hears an advert some milliseconds late."""
    return phase_ns if phase_ns >= HEARD_NS else phase_ns + advert_int_ns


def _settle(session: Session, configuration: str) -> int:
    history = session.run.history()
    limits: Limits = history.limits[configuration]
    return limits.settle_ns


def _blip(trial: Trial, fault: faults.Fault, watch: int) -> Measured:
    """After a takeover, the second burst of gratuitous ARP is awaited too."""
    blip = trial.step("blip", fault, watch=watch)
    vip = blip.history.topology.virtual_router().first
    if not blip.history.takeovers(vip, blip.step.watch):
        return _measured(blip, blip, vip)
    rest = trial.run.view.last_transition + QUIET_NS - trial.run.view.now
    return _measured(blip, trial.step("after", watch=max(s, rest)), vip)


def _measured(blip: StepResult, last: StepResult, vip: RouterVip) -> Measured:
    history, step, end = last.history, blip.step, last.step.ends_ns
    watch = Interval(step.first_effect_ns, end)
    held = [interval for node in vip.nodes for interval in history.tables.holds(node, vip.address)]
    return Measured(
        phase_s=_phase(history, step, vip),
        gains=len(history.takeovers(vip, watch)),
        dual_s=seconds(sum(both.length for both in overlaps(history.tables.dual(vip), [watch]))),
        gap_s=seconds(sum(gap.length for gap in gaps(held, watch))),
        split=_split(history, vip, step.ends_ns, blip.arp),
        split_after=_split(history, vip, end, last.arp),
        arp=blip.arp,
        arp_after=last.arp,
    )


def _split(history: History, vip: RouterVip, t: int, arp: dict[str, str | None]) -> bool:
    owners = history.tables.owners_at(vip, t)
    return any([reached] != owners for reached in arp.values())


def _phase(history: History, step: Step, vip: RouterVip) -> float:
    """Seconds from the owner's last advert before the first effect."""
    before = history.adverts((vip.router.segment,), vip.router.vrid, Interval(step.began_ns, step.first_effect_ns))
    last = max(advert.t for advert in before if advert.port == f"{OWNER}.{vip.router.segment}")
    return seconds(step.first_effect_ns - last)
