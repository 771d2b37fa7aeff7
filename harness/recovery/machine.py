"""Was the machine too busy for our instruments, and did other machines take the pair's CPU time?"""

from collections.abc import Iterator
from typing import Final

from harness.history import History, Step
from harness.model.events import ServiceWaited
from harness.model.machine_load import MachineLoad, Share
from harness.model.ops import CpuStarved
from harness.model.units import ms, s
from harness.recovery.reasons import Cause, Reason

STOLEN_AT_MOST: Final = 0.5
"""Of the CPU time of any one second. Loose: on a shared machine of two cores it was 0.5 % in the usual second, 12 % in
the worst of 1,400, whether few processes wanted a CPU or 50 at once.
"""
WAITED_AT_MOST: Final = 0.5
WAIT_AT_MOST_NS: Final = 30 * ms
"""Of any one second, by one task of a service that must answer (keepalived, HAProxy, a server behind); and on average
for each time slice that it got. An answer takes five of them or more, and is good within 150 ms. Both must be exceeded:
with 600 requests a second HAProxy waits for up to 0.9 of a second in all, 0.2 ms each; a keepalived once for 0.3 s.
"""
BUSY_FROM: Final = 0.25
"""Of any one second. On that machine tasks waited in 3 to 10 % of a second in which as many processes ran as it has
cores, and in 95 to 100 % of one in which 50 did.
"""
USED_UP: Final = 0.9  # of a second's CPU time: then none is left for another process
OBSERVERS: Final = ("eye", "service")


def starved(history: History, step: Step) -> Iterator[str]:
    """A pair that got no CPU time cannot be judged."""
    load = history.machine(step.window)
    if load and load.stolen and load.stolen.most > STOLEN_AT_MOST:
        yield f"Other machines took {load.stolen.most * 100:.0f} % of the machine's CPU time in a second."


def kept_waiting(history: History, step: Step) -> Iterator[str]:
    """A service that got no CPU time answers late, and the pair is not the cause, unless that is the fault."""
    meant = {op.op.node for op in step.in_force if isinstance(op.op, CpuStarved)}
    samples = [each for each in history.of(ServiceWaited, step.window) if each.node not in meant]
    for worst in sorted(filter(is_starved, samples), key=_waited)[-1:]:
        yield f"{waiting(worst)}."


def is_starved(sample: ServiceWaited) -> bool:
    """Did the service get so little CPU time that its answers are late?"""
    return _waited(sample) > WAITED_AT_MOST and sample.waited_ns > WAIT_AT_MOST_NS * sample.waits


def waiting(sample: ServiceWaited) -> str:
    share = round(_waited(sample) * 100)
    return f"{sample.service} of {sample.node} waited for a CPU for {share} % of a second, in {sample.waits} waits"


def _waited(sample: ServiceWaited) -> float:
    """Of a second, or of the period if that is longer: a late agent's next one is short."""
    return min(1.0, sample.waited_ns / max(sample.period_ns, s))


def machine_reason(history: History, step: Step) -> Reason | None:
    """How busy the machine was in the step, by the kernel's figures; None if they were not recorded."""
    load = history.machine(step.window)
    if load is None:
        return None
    busy = is_busy(load)
    late = max(history.lag_ns(step.window, observer) for observer in OBSERVERS)
    told = ", ".join([*words(load), f"an agent read up to {late / s:.2f} s late"])
    return Reason(f"The machine{'' if busy else ' was not busy'}: {told}.", Cause.busy if busy else Cause.idle)


def is_busy(load: MachineLoad, *, throughout: bool = False) -> bool:
    """Did processes wait for a CPU, used here or by another machine, during a large part of any second?

    `throughout`: during a large part of the whole time.
    """

    def of(share: Share) -> float:
        return share.mean if throughout else share.most

    taken = of(load.stolen) if load.stolen else 0.0
    if load.waited is None:
        return of(load.busy) + taken >= USED_UP
    return max(of(load.waited), taken) >= BUSY_FROM


def words(load: MachineLoad) -> Iterator[str]:
    """By whom the CPU time was used, taken, and waited for."""
    yield f"its own processes used {_share(load.busy, 'its CPU time')}"
    if load.stolen:
        yield f"other machines took {_share(load.stolen, 'it')}"
    if load.waited:
        yield f"tasks waited for a CPU {_share(load.waited, 'the time')}"


def _share(share: Share, of: str) -> str:
    """``34 % of the time (up to 61 % in a second)``."""
    return f"{share.mean * 100:.0f} % of {of} (up to {share.most * 100:.0f} % in a second)"
