"""How fast sessions are opened and what each costs the generator: as many as a frontend may have by default."""

import queue
from collections.abc import Iterator, Sequence
from typing import Final

from harness import faults
from harness.bench.figures import Bound, Figure, exactly, figure, sampled
from harness.bench.part import Bench, Part
from harness.bench.temporary_lab import temporary_lab
from harness.lab.lab import Lab
from harness.model.errors import NotMeasured
from harness.model.events import AnyEvent, FloodSample, OpApplied, OpReleased
from harness.model.units import s

SESSIONS: Final = 2_000
HELD_S: Final = 3
FAULT: Final = faults.session_flood("customer-1", "idle", SESSIONS, duration=HELD_S * s)
EventQueue = queue.SimpleQueue[AnyEvent]


def measure(bench: Bench) -> Iterator[Figure]:
    events: EventQueue = queue.SimpleQueue()
    with temporary_lab(bench.lab), Lab(bench.lab, events.put) as lab:
        lab.watch("service")
        floods = [_flood(lab, events) for _ in range(bench.count)]
    yield from figures(floods)


def figures(floods: Sequence[Sequence[FloodSample]]) -> Iterator[Figure]:
    """`floods`: the samples of each, from before its first session to its last."""
    every = [sample for flood in floods for sample in flood]
    full = [next((sample for sample in flood if sample.open == SESSIONS), flood[-1]) for flood in floods]
    took = [(sample.t - flood[0].t) / s for flood, sample in zip(floods, full, strict=True)]
    each = [sample.memory / SESSIONS / 1000 for sample in full]
    what = f"a flood of {SESSIONS:,} sessions"
    yield sampled(f"{what}: until all are open", "s", took, Bound("max", most=1.5))
    yield sampled("– memory of the whole generator, for each", "kB", each, Bound("max", most=20))
    held = [max(sample.open for sample in flood) for flood in floods]
    yield sampled("– open at once", "", held, exactly("min", SESSIONS))
    lost = sum(sample.open + sample.connecting + sample.waiting != sample.wanted for sample in every)
    yield figure(
        "– samples that do not account for every session", len(every), "", {"count": lost}, exactly("count", 0)
    )


def _flood(lab: Lab, events: EventQueue) -> list[FloodSample]:
    """Every sample of one flood. Raises `NotMeasured` if it does not begin, or does not end."""
    plan = FAULT.plan(lab.topology)
    lab.lease(FAULT.targets(), plan)
    lab.arm(plan)
    samples: list[FloodSample] = []
    while True:
        match _next(events):
            case FloodSample() as sample:
                samples.append(sample)
            case OpApplied(error=error) if error:
                raise NotMeasured(f"The flood did not begin: {error}")
            case OpReleased():
                return samples
            case _:
                pass


def _next(events: EventQueue) -> AnyEvent:
    try:
        return events.get(timeout=2.0)
    except queue.Empty:
        raise NotMeasured("The service agent sent no event within 2 s. See: harness logs service-agent") from None


PART = Part("sessions of a flood (count: floods)", 5, lambda count: 20 + count * (HELD_S + 1), measure)
