"""What experiments ask of a step: who holds the VIP that customers ask for, and where caches lead."""

from harness.experiment import StepResult
from harness.history.timeline import overlaps

FIRST, SECOND = "lb-ext-1", "lb-ext-2"
CACHES = ("gw-1", "gw-2", "customer-3")


def owners(step: StepResult) -> tuple[str, ...]:
    """The nodes that hold the VIP when the step ends."""
    return tuple(step.history.tables.owners_at(step.history.topology.virtual_router().first, step.step.ends_ns))


def ever_owned(step: StepResult) -> set[str]:
    """The nodes that held the VIP at any instant of the watch."""
    held = step.history.tables.owners(step.history.topology.virtual_router().first)
    return {node for node, times in held.items() if overlaps(times, [step.step.watch])}


def led(step: StepResult) -> dict[str, str | None]:
    """Cache of the external segment → the node that it leads to when the step ends."""
    return {cache: step.arp[cache] for cache in CACHES}


def only_owner(step: StepResult) -> str:
    """The node that has the VIP when the step ends. None or two is the worst result of all."""
    found = owners(step)
    assert len(found) == 1, f"the VIP has {len(found)} owners when the step ends: {', '.join(found) or '–'}"
    return found[0]
